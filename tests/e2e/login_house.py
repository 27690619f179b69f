"""Logins of people: a provider (tests/support/oidc.py), an xdg-open that hands the URL over, and a login that waits.

    class Returning(LoginHouse):
        def test_it(self):
            login = self.login("--account", "work")     # under way; the browser was opened
            self.assertEqual(login.callback(state="other").status, 400)
            login.finish()                              # alice logs in; exit status 0
"""

import atexit
import collections
import contextlib
import os
import struct
import threading
import time

from discreet import Discreet
from house import BUILD
from login import PATIENCE, Login, answer_on, in_threads, is_closed, listening
from orphans import adopt, children, wait_for_orphans

from oidc import Person, Provider
from waiting import wait_until

ALICE = "alice@example.test"
DRIVE_FILE = "https://www.googleapis.com/auth/drive.file"

# Says with what it was called, and what was around it.
BROWSER = """#!/bin/sh
in=$(readlink /proc/$$/fd/0) out=$(readlink /proc/$$/fd/1) err=$(readlink /proc/$$/fd/2)
{{ printf '%s\\n' "$#" "$1" "$in" "$out" "$err"; env; }} >'{opened}.new'
mv '{opened}.new' '{opened}'
{then}
"""

Opened = collections.namedtuple("Opened", "count url fds env")


def shared_provider():
    """One for all tests of a file."""
    if not hasattr(shared_provider, "it"):
        shared_provider.it = Provider().start()
        atexit.register(shared_provider.it.stop)
    return shared_provider.it


class LoginHouse(Discreet):
    def setUp(self):
        super().setUp()
        adopt()
        self.provider = shared_provider()
        self.others, self.logins = children(), []
        self.provider.reset()
        self.env |= {"BATCH_AUTH_ISSUER": self.provider.issuer, "BROWSER": "xdg-open",
                     "PATH": self.path("bin") + ":" + self.env["PATH"]}
        self.client_file = self.provider.client_file(self.path("client_secret.json"))
        self.browser()
        self.addCleanup(self.provider.clear_faults)

    def browser(self, then=""):
        """An xdg-open that goes on with this."""
        text = BROWSER.format(opened=self.path("opened"), then=then)
        os.chmod(self.write("bin/xdg-open", text), 0o755)

    def was_opened(self):
        return os.path.exists(self.path("opened"))

    def assertNotOpened(self):
        """Nor will it be: nobody waits for a browser, so what was started may not have said so yet."""
        wait_for_orphans(self.others | {each.process.pid for each in [*self.logins, *self.daemons]})
        self.assertFalse(self.was_opened())

    def opened(self):
        """What xdg-open was called with, once it was."""
        wait_until(self.was_opened, PATIENCE, "the start of the browser")
        with open(self.path("opened"), encoding="utf-8") as file:
            count, url, *rest = file.read().splitlines()
        return Opened(int(count), url, rest[:3], dict(line.split("=", 1) for line in rest[3:] if "=" in line))

    def login(self, *words, client_file=True, env=None, before=()):
        """A login under way; before: a program that starts batchctl."""
        file = ["--client-file", self.client_file] if client_file else []
        command = [*before, os.path.join(BUILD, "batchctl"), "auth", "login", *file, *words]
        login = Login(self, command, {**self.env, **(env or {})})
        self.logins.append(login)
        self.addCleanup(login.kill)
        return login

    def refused(self, code, *words, **how):
        """What is said by a login that opens no browser."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path("opened"))
        login = self.login(*words, **how)
        wait_until(lambda: login.process.poll() is not None or "client_id=" in login.text, PATIENCE, "the refusal")
        self.assertNotIn("client_id=", login.text, "it was not refused")
        done = login.end(code)
        self.assertNotOpened()
        return done.err

    # ---- time --------------------------------------------------------------------------------------

    def sleeper(self, *words, **how):
        """A login on a machine that can sleep(): its clock goes on then, and nothing else."""
        self.sleep(0)
        return self.login(*words, **how, env={"LD_PRELOAD": os.path.join(BUILD, "tests/wall_clock.so"),
                                       "BOOT_CLOCK_OFFSET": self.path("slept")})

    def sleep(self, seconds):
        """So long in all; who waits looks at the clock when something happens, or after a while."""
        with open(os.open(self.path("slept"), os.O_WRONLY | os.O_CREAT), "wb") as clock:
            clock.write(struct.pack("q", seconds))

    @contextlib.contextmanager
    def no_time(self):
        """The clock of a sleeper() hardly goes on meanwhile."""
        begin, over = time.monotonic(), threading.Event()

        def hold():
            while not over.wait(0.02):
                self.sleep(-int(time.monotonic() - begin))

        holding = threading.Thread(target=hold)
        holding.start()
        try:
            yield
        finally:
            over.set()
            holding.join()

    # ---- what came of it -------------------------------------------------------------------------

    @property
    def credentials(self):
        return self.path(".local/state/batch/credentials")

    def files(self):
        """Of all logins, with what they hold: what was stored."""
        found = {}
        for folder, _, names in os.walk(self.credentials):
            for name in names:
                if not name.endswith(".lock"):
                    with open(os.path.join(folder, name), "rb") as file:
                        found[name] = file.read()
        return found

    def accounts(self):
        return [each["account"] for each in self.ctl("auth", "list", "--json").lines()]

    def assertNothingStored(self):
        self.assertEqual(self.files(), {})
        self.assertEqual(self.ctl("auth", "status", code=4).err,
                         "batchctl: error: there is no login\nhint: log in: batchctl auth login\n")

    def assertLoggedIn(self, email=ALICE):
        """With a token that is this person's."""
        known = self.provider.look_up(self.ctl("auth", "token").out.strip())
        self.assertEqual((known["active"], known.get("email")), (True, email))

    def exchanges(self):
        """How often a code was handed in."""
        return self.provider.count("/token", grant_type="authorization_code")


class Waiting(LoginHouse):
    """A login `it` for which nobody has come back yet."""

    def setUp(self):
        super().setUp()
        self.again()

    def assertRefused(self, answer, *statuses):
        """With a page, and the login goes on."""
        self.assertIn(answer.status, statuses)
        self.assertIsNone(self.it.process.poll())

    def assertGoesOn(self):
        """Nothing so far had any effect."""
        self.assertEqual(self.exchanges(), 0)
        self.it.finish()
        self.assertEqual(self.exchanges(), 1)
        self.assertLoggedIn()

    def assertEnded(self, code, /, *says, title="The login did not succeed", exchanges=0, **query):
        """By this callback."""
        page = self.it.callback(**query)
        self.assertEqual((page.status, title in page.body), (200, True), page.body)
        said = self.it.end(code).err
        for each in says:
            self.assertIn(each, said)
        self.assertTrue(self.it.is_deaf())
        self.assertEqual(self.exchanges(), exchanges)
        self.assertNothingStored()
        return said

    def again(self):
        """Another one, when the first has ended."""
        self.it = self.login()
        self.assertTrue(self.it.url)
        return self.it


__all__ = ["ALICE", "DRIVE_FILE", "PATIENCE", "LoginHouse", "Person", "Waiting", "answer_on", "in_threads", "is_closed",
           "listening", "wait_until"]
