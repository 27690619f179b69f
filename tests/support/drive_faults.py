"""What goes wrong on request: at which requests, where in them, how."""

import email.utils
import fnmatch
import re
import threading
import time

from drive_errors import BY_STATUS, REASONS, Answer, Refusal, bad_token

BODIES = {
    "json": (200, b'{"id": "1abc", "name', "application/json; charset=UTF-8"),
    "list": (200, b"[1, 2, 3]", "application/json; charset=UTF-8"),
    "html": (502, b"<!DOCTYPE html>\n<html lang=en><title>Error 502 (Server Error)!!1</title>"
             b"<p><b>502.</b> <ins>That\xe2\x80\x99s an error.</ins>", "text/html; charset=UTF-8"),
    "empty": (200, b"", ""),
    "binary": (200, bytes(range(256)) * 8, "application/octet-stream"),
}
HUGE = 256 << 20
KEYS = {"reason", "status", "message", "body", "retry_after", "date", "location", "length"}


class Fault:
    """target: "METHOD /path/*" (the query is matched where the pattern has one), or a method of the API ("upload.put").

    skip so many of them first, then do it to so many (times, None: to all):
      at    where it happens: "start" (nothing read yet), a number (so many bytes of the body were read, or with
            of="upload" of the whole file), "before" or "after" the request has taken effect
      last  only with the request that brings the end of a file
      do    "cut" the connection, "hold" the request until release(), "delay" it by `seconds`, or "answer"
    An answer has a reason, a status, or a body ("json", "list", "html", "empty", "binary", "redirect", "huge", "slow");
    retry_after: seconds, said as a date with date=True.  With at="after" the request has taken effect all the same;
    with "start" the answer comes while the client still sends."""

    def __init__(self, target, at="before", of="request", last=False, do=None, times=1, skip=0, seconds=0, reset=False,
                 **answer):
        self.target = target
        self.method, self.pattern = target.split(" ", 1) if " " in target else ("*", target)
        self.at, self.of, self.last, self.do, self.skip, self.times = at, of, last, do or "answer", skip, times
        self.seconds, self.reset, self.answer_as = seconds, reset, answer
        if unknown := set(answer) - KEYS:
            raise TypeError(f"a fault has no {', '.join(sorted(unknown))}")
        self.hits, self._lock = 0, threading.Lock()
        self._happened, self._released = threading.Event(), threading.Event()

    def takes(self, request):
        """Whether this request is one of its; it counts then."""
        if not fnmatch.fnmatchcase(request.method, self.method):
            return False
        names = (request.path, request.target, request.call or "")
        if not any(fnmatch.fnmatchcase(name, self.pattern) for name in names):
            return False
        if self.last and not ends_file(request):
            return False
        if isinstance(self.at, int) and not 0 < self.place(request) <= (request.length or 0):
            return False
        with self._lock:
            if self.skip:
                self.skip -= 1
                return False
            if self.times == 0:
                return False
            self.times = None if self.times is None else self.times - 1
            self.hits += 1
            return True

    def place(self, request):
        """At which byte of this body."""
        begin = re.match(r"bytes (\d+)-", request.headers.get("content-range", ""))
        return self.at - (int(begin[1]) if begin and self.of == "upload" else 0)

    def happens(self):
        """At the place.  True: the connection is to be cut."""
        self._happened.set()
        if self.do == "hold":
            self._released.wait()
        elif self.do == "delay":
            time.sleep(self.seconds)
        return self.do == "cut"

    def wait(self, seconds=30):
        """Until it has happened."""
        assert self._happened.wait(seconds), f"no request came to {self.target}"

    def release(self):
        self._released.set()

    def answer(self):
        given = self.answer_as
        body = given.get("body")
        if body in ("huge", "slow"):
            answer = Answer(given.get("status", 200), b"{" if body == "huge" else b" " * given.get("length", 60))
        elif body == "redirect":
            answer = Answer(given.get("status", 302), headers={"Location": given.get("location", "/elsewhere")})
        elif body:
            status, data, type_ = BODIES[body]
            answer = Answer(given.get("status", status), data, content_type=type_)
        elif given.get("reason", BY_STATUS.get(given.get("status"))) == "authError":
            answer = bad_token().answer()
        else:
            status = given.get("status") or REASONS[given["reason"]][0]
            reason = given.get("reason") or BY_STATUS.get(status, "backendError")
            answer = Refusal(reason, given.get("message"), status, id="it").answer()
        if "retry_after" in given:
            seconds = given["retry_after"]
            answer.headers["Retry-After"] = str(seconds) if not given.get("date") else (
                email.utils.formatdate(time.time() + seconds, usegmt=True))
        answer.manner = body if body in ("huge", "slow") else None
        return answer


def ends_file(request):
    found = re.fullmatch(r"bytes \d+-(\d+)/(\d+)", request.headers.get("content-range", "bytes 0-0/1"))
    return bool(found) and int(found[1]) + 1 == int(found[2])
