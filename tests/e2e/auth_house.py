"""People who log in with batchctl auth, at a provider of the test's own (tests/support/oidc.py)."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from discreet import Discreet
from house import BUILD, SOURCE, Done
from terminal import on_terminal

from oidc import Provider

ALICE = "alice@example.test"
DRIVE = "https://www.googleapis.com/auth/"
SUPPORT = os.path.join(SOURCE, "tests/support")
BROWSER = """#!/bin/sh
unset LD_PRELOAD  # a clock that is wrong is the program's alone
exec /usr/bin/python3 -B - "$@" <<'END'
import sys

sys.path.append({support!r})
from person import Person

Person({person!r}, **{how!r}).login(sys.argv[1])
END
"""


class AuthHouse(Discreet):
    """One provider for all tests of a file, as new before each of them."""

    provider = None
    kept = {}  # folders with a login

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if AuthHouse.provider is None:
            AuthHouse.provider = Provider().start()
            unittest.addModuleCleanup(AuthHouse.provider.stop)

    def setUp(self):
        super().setUp()
        self.provider.reset()
        self.provider.forget_requests()
        self.env |= {
            "BATCH_AUTH_ISSUER": self.provider.issuer,
            "BATCH_AUTH_KEY": "file",
            "BROWSER": "xdg-open",
            "PATH": self.path("bin") + ":" + self.env["PATH"],
        }

    # ---- logging in ------------------------------------------------------------------------------

    @property
    def client_file(self):
        path = self.path("client_secret.json")
        return path if os.path.exists(path) else self.provider.client_file(path)

    def browser(self, person="alice", **how):
        """What xdg-open is: a browser in which this person does this (person.py)."""
        self.program("bin/xdg-open", BROWSER.format(support=SUPPORT, person=person, how=how))

    def program(self, name, text):
        path = self.write(name, text)
        os.chmod(path, 0o755)
        return path

    def log_in(self, *words, person="alice", code=0, env=None, under=(), **how):
        """batchctl auth login on a terminal; what it said is one line each, whatever the width."""
        self.browser(person, **how)
        command = [*under, os.path.join(BUILD, "batchctl"), "auth", "login", "--client-file", self.client_file, *words]
        ended, out, err = on_terminal(command, cwd=self.root, env={**self.env, **(env or {})}, columns=9999, timeout=60)
        done = Done(ended, out.text(), err.text())
        self.heard(command, done)
        if code is not None:
            self.assertEqual(done.code, code, done.out + done.err)
        return done

    def log_in_for(self, seconds=1, *words, **how):
        """A login whose token is used up at once, and those after it not."""
        self.provider.configure(access_token_seconds=seconds)
        done = self.log_in(*words, **how)
        self.provider.configure(access_token_seconds=3599)
        self.provider.forget_requests()
        return done

    def have_login(self, used_up=False):
        """That of alice; a copy of one that was made before, which is quicker.  used_up: so is its token."""
        kept = AuthHouse.kept.get(used_up)
        if kept is None:
            self.log_in_for() if used_up else self.log_in()
            kept = AuthHouse.kept[used_up] = tempfile.mkdtemp(prefix="batch-login-")
            unittest.addModuleCleanup(shutil.rmtree, kept)
            shutil.copytree(self.credentials, kept, dirs_exist_ok=True)
        shutil.rmtree(self.credentials, ignore_errors=True)
        shutil.copytree(kept, self.credentials)
        self.provider.forget_requests()

    def revoke(self, *how):
        """On the provider's page; of all her logins."""
        self.provider.revoke("alice", *how)
        AuthHouse.kept.clear()

    def log_out(self, *words, **how):
        AuthHouse.kept.clear()
        return self.ctl("auth", "logout", "--yes", *words, **how)

    def token(self, *words, code=0, **how):
        return self.ctl("auth", "token", *words, code=code, **how)

    def fault(self, path="/token", **fault):
        """In discovery and the keys nothing is wrong."""
        self.provider.fault(path, **fault)

    def fault_refresh(self, **fault):
        self.provider.fault("/token", when={"grant_type": "refresh_token"}, **fault)

    def fault_exchange(self, **fault):
        self.provider.fault("/token", when={"grant_type": "authorization_code"}, **fault)

    def start(self, *words, under=(), env=None):
        """batchctl WORDS in the background."""
        process = subprocess.Popen(
            [*under, os.path.join(BUILD, "batchctl"), *words], cwd=self.root, env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        )
        self.daemons.append(process)
        return process

    def end(self, process, code=0):
        out, err = process.communicate(timeout=60)
        done = Done(process.returncode, out, err)
        self.heard(process.args, done)
        if code is not None:
            self.assertEqual(process.returncode, code, out + err)
        return done

    def hold(self, verb="token", under=()):
        """One that has the lock, and waits for the provider."""
        self.fault_refresh(hold=True)
        held = self.start("auth", verb, under=under)
        before = self.refreshes()
        self.wait_until(lambda: self.refreshes() > before or held.poll() is not None)
        self.assertIsNone(held.poll())
        return held

    # ---- what came of it -------------------------------------------------------------------------

    @property
    def credentials(self):
        return self.path(".local/state/batch/credentials")

    def file_of(self, account=ALICE):
        return os.path.join(self.credentials, account + ".json")

    def bytes_of(self, account=ALICE):
        with open(self.file_of(account), "rb") as file:
            return file.read()

    def record(self, account=ALICE):
        """The open part of a login's file; None if there is none."""
        if not os.path.exists(self.file_of(account)):
            return None
        return json.loads(self.bytes_of(account))

    def rewrite(self, account=ALICE, **changes):
        record = {**self.record(account), **changes}
        with open(self.file_of(account), "w", encoding="utf-8") as file:
            json.dump(record, file)

    def refreshes(self):
        return self.provider.count("/token", grant_type="refresh_token")

    def exchanges(self):
        return self.provider.count("/token", grant_type="authorization_code")

    def status(self, *words, code=0, account=ALICE):
        lines = self.ctl("auth", "status", "--json", *words, code=code).lines()
        return next(line for line in lines if line["account"] == account)

    def assertSays(self, done, message, hint=None):
        """These are its error and its hint, to the letter; regular expressions."""
        self.assertRegex(done.err, rf"(?m)^batchctl: error: {message}$")
        if hint is not None:
            self.assertRegex(done.err, rf"(?m)^hint: {hint}$")

    def assertNoLogin(self):
        self.assertEqual([name for name in self.names() if name.endswith(".json")], [])

    def names(self):
        return sorted(os.listdir(self.credentials)) if os.path.isdir(self.credentials) else []

    # ---- traces ----------------------------------------------------------------------------------

    def assertNowhere(self, secrets, *but):
        """None of them is in any file of this house, but for those files."""
        wanted = [secret.encode() for secret in secrets]
        self.assertTrue(wanted)
        for path, content in self.contents():
            if path not in but:
                self.assertEqual([secret for secret in wanted if secret in content], [], path)

    def assertSilent(self, text, but=()):
        """No secret that the provider has seen so far is in the text."""
        found = [secret for secret in self.provider.tokens_issued - set(but) if secret in text]
        self.assertEqual(found, [], text)


def transparent():
    """Programs behind these words can be looked into, though they forbid it: who is not root is master of a namespace."""
    if os.geteuid() == 0:
        return []
    words = ["unshare", "--map-root-user"]
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode != 0:
        raise unittest.SkipTest("no namespace of our own may be made here")
    return words


def strace(*words):
    return [*transparent(), shutil.which("strace") or "/usr/bin/strace", "-f", "-qq", *words]


AUTH = os.path.join(BUILD, "libexec/batch/batchctl-auth")
