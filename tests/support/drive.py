#!/usr/bin/python3
"""A strict stand-in for version 3 of the Google Drive API, on 127.0.0.1: it does what Google's documentation says, and
refuses what Google refuses, in Google's words.

    with Drive() as drive:                          # or: drive.py --port 0, which prints READY http://127.0.0.1:PORT
        folder = drive.folder(app="the app")        # an id; without `app` drive.file does not see it
        token = drive.token(scopes="drive.file")
        lost = drive.fault("POST /upload/*", at="after", do="cut")     # the file is made, nobody hears of it
        ...
        lost.wait()
        self.assertEqual([file.name for file in drive.files()], ["Ada.pdf"])
        self.assertEqual((drive.duplicates("batchItem"), drive.complaints), ({}, []))

What Google lets pass though nobody should do it (parts of an upload that are no multiple of 256 KiB, parameters that
do not exist, a token in the address) is in `complaints`.  What is not from Google's documentation but seen there:
a gap in an upload is a 503 in plain text, and with `lag` a list that asks for a name or a
property does not know a file that was just made.
"""

import argparse
import json
import re
import secrets
import signal
import sys
import threading

from drive_api import Api
from drive_errors import Answer, bad_token, no_token
from drive_faults import Fault
from drive_files import FOLDER, Files, Login
from drive_http import Server, without_token

ADA = "ada@example.org"


class Drive:
    """accepts(token): (account, scopes), with the app's name as a third if there are several, or None; else the tokens
    are those that token() gave.  Scopes are words ("openid drive.file") or a list, with or without Google's address."""

    def __init__(self, accepts=None, port=0):
        self.store, self.sessions, self.complaints, self.log = Files(), {}, [], []
        self.lock, self.ended, self.connections = threading.RLock(), threading.Event(), 0
        self._accepts, self._tokens, self._faults = accepts, {}, []
        self._api = Api(self)
        self._port, self._server = port, None
        self.folder, self.file, self.share = self.store.folder, self.store.file, self.store.share
        self.shared_drive = self.store.shared_drive

    # ---- its life --------------------------------------------------------------------------------

    def __enter__(self):
        self.up()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.pass_again()
        if self._server:
            self.down()

    def up(self):
        """Serve, at the same port as before."""
        self._server = Server(self, self._port)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()
        return self

    def down(self):
        """Nobody is there; what is stored stays."""
        self._server.end()
        self._server = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}"

    # ---- what tests arrange ----------------------------------------------------------------------

    def token(self, account=ADA, scopes="drive.file", app="the app"):
        value = "ya29." + secrets.token_urlsafe(32)
        self._tokens[value] = (account, scopes, app)
        return value

    def expire(self, token):
        """Of those of token()."""
        self._tokens.pop(token)

    def limit(self, account, size):
        """Bytes of storage of an account."""
        self.store.limits[account] = size

    def lag(self, lists):
        """So many lists that ask for a name or a property do not know of a file that is made from now on."""
        self.store.lag = lists

    def short_pages(self, size):
        """Lists come in pages of so many at the most, whatever was asked for; Drive does that when it likes."""
        self.store.page = size

    def spoil(self, times):
        """So many of the next new files get one wrong bit."""
        self.store.spoils = times

    def open_with(self, folder, app="the app"):
        """The person chose it in the app: from now on drive.file sees it."""
        self.store.by_id[folder].apps.add(app)

    def expire_sessions(self):
        for session in self.sessions.values():
            session.expired = True

    def fault(self, target, **how):
        """A Fault (see there), until pass_again()."""
        fault = Fault(target, **how)
        self._faults.append(fault)
        return fault

    def pass_again(self):
        faults, self._faults = self._faults, []
        for fault in faults:
            fault.release()

    # ---- what tests look at ----------------------------------------------------------------------

    def files(self, folder=None):
        """In the order in which they were made; folders are none."""
        with self.lock:
            return [file for file in self.store.by_id.values()
                    if file.mime_type != FOLDER and folder in (None, *file.parents)]

    def duplicates(self, key):
        """{value: files} where several files have the same value of this app property."""
        found = {}
        for file in self.files():
            if key in file.app_properties:
                found.setdefault(file.app_properties[key], []).append(file)
        return {value: files for value, files in found.items() if len(files) > 1}

    def requests(self, call=None):
        """Those of one method of the API ("files.create"), or all.  They are there as soon as they begin."""
        with self.lock:
            return [each for each in self.log if call in (None, each.call)]

    def counters(self):
        """How many there were, by method and by its answer."""
        counted = {}
        for each in self.requests():
            for name in (each.call, f"{each.call} {each.reason or each.status}"):
                counted[name] = counted.get(name, 0) + 1
        return counted

    def content_received(self):
        """Bytes of all bodies of uploads, also of those that came to nothing."""
        return sum(each.received for each in self.requests() if (each.call or "").startswith("upload"))

    # ---- for the server --------------------------------------------------------------------------

    def login(self, request):
        if not request.token():
            raise no_token(request.method)
        found = (self._accepts or self._tokens.get)(request.token())
        if not found:
            raise bad_token()
        account, scopes, *app = found
        words = scopes.split() if isinstance(scopes, str) else scopes
        return Login(account, {word.rsplit("/", 1)[-1] for word in words}, *app)

    def connected(self):
        with self.lock:
            self.connections += 1

    def note(self, request):
        with self.lock:
            request.call = self._api.name_of(request)
            if "access_token" in request.query:
                self.complain("a token in the address")
                request.target = without_token(request.target)
                request.query["access_token"] = "..."
            self.log.append(request)

    def complain(self, text):
        if text not in self.complaints:
            self.complaints.append(text)

    def fault_for(self, request):
        return next((fault for fault in list(self._faults) if fault.takes(request)), None)

    def answer(self, request, body):
        with self.lock:
            return self._api.answer(request, body)

    def broken(self, request, part):
        """The connection ended with this part of the body."""
        with self.lock:
            self._api.broken(request, part)

    # ---- by HTTP ---------------------------------------------------------------------------------

    def control(self, request, body):
        """GET: what there is.  POST {"do": "folder", "name": ...}: the methods above by their names."""
        if request.method == "GET":
            with self.lock:
                files = [{"id": each.id, "name": each.name, "parents": each.parents, "size": len(each.content),
                          "mimeType": each.mime_type, "appProperties": each.app_properties} for each in self.files()]
                return Answer(200, {"files": files, "log": [each.shown() for each in self.log],
                                    "counters": self.counters(), "complaints": self.complaints})
        try:
            words = json.loads(body)
            name = words.pop("do")
            if name not in ("token", "expire", "limit", "lag", "spoil", "short_pages", "open_with", "expire_sessions",
                            "fault", "pass_again", "folder", "file", "shared_drive", "share"):
                raise ValueError(f"there is no {name}")
            result = getattr(self, name)(**words)
        except (ValueError, TypeError, KeyError) as error:
            return Answer(400, {"error": str(error)})
        return Answer(200, {"result": result if isinstance(result, str) else None})


def main():
    parser = argparse.ArgumentParser(description="A stand-in for Google Drive; see /__control.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", action="append", default=[], metavar="TOKEN[,ACCOUNT[,SCOPES]]")
    options = parser.parse_args()
    tokens = {}
    for each in options.token:
        token, *rest = re.split(",", each, maxsplit=2)
        tokens[token] = (*rest, *(ADA, "drive.file")[len(rest):])
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
    with Drive(port=options.port) as drive:
        drive._tokens.update((token, (*found, "the app")) for token, found in tokens.items())
        print(f"READY {drive.url}", flush=True)
        signal.sigwait([signal.SIGTERM, signal.SIGINT])
    return 0


if __name__ == "__main__":
    sys.exit(main())
