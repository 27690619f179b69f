#!/usr/bin/python3
"""How a login is written, and what is there after a kill at any call of that: oauth-P01, P03."""

import os
import shutil
import time
import unittest

from auth_house import ALICE
from traces import Traced

from oidc import ROBOT


class Saves(Traced):
    def test_p01_how_one_is_written(self):
        self.have_login()
        calls = [call for call in self.trace("auth", "refresh") if call[2]]
        names = [name for name, _, _ in calls]
        self.assertEqual(names, ["openat", "write", "fsync", "rename", "openat", "fsync", "close", "close"] * 2)
        self.assertRegex(calls[0][1], r'"[^"]*/\.alice@example\.test\.json\.[^"]*\.tmp", .*O_CREAT\|O_EXCL\|.*O_CLOEXEC, 0600\)')
        self.assertRegex(calls[4][1], r'/credentials", O_RDONLY')

    def test_p03_killed_at_each_call_of_a_save(self):
        """The old one is there or the new one, whole, and nothing else is left."""
        self.have_login()
        calls = self.numbered("auth", "refresh")
        self.assertGreaterEqual(len(calls), 16)  # the note that it is asked for, and the answer
        for name, number in calls:
            with self.subTest(f"{name} {number}"):
                self.have_login()
                old = self.record()["generation"]
                self.inject(name, f"signal=KILL:when={number}", "auth", "refresh", code=-9)
                self.assertIn(self.record()["generation"], (old, old + 1, old + 2))
                self.assertEqual(self.status()["state"], "ok")
                self.ctl("auth", "refresh")
                self.token()
                self.assertEqual(self.names(), [".key.lock", ALICE + ".json", ALICE + ".lock", "current", "key"])

    def test_p03_and_of_the_first(self):
        key = self.provider.service_account_file(self.path("robot.json"))
        words = ["auth", "service-account", "add", key]
        calls = self.numbered(*words)
        self.assertGreaterEqual(len(calls), 16)  # the key and the record
        for name, number in calls:
            with self.subTest(f"{name} {number}"):
                shutil.rmtree(self.path(".local"))
                self.inject(name, f"signal=KILL:when={number}", *words, code=-9)
                if self.record(ROBOT):
                    self.token("--account", ROBOT)
                self.ctl(*words)
                self.token("--account", ROBOT)
                self.assertClears(words)

    def assertClears(self, words):
        """Of another file than the login's it is not known who writes it: that stays for an hour."""
        left = [os.path.join(self.credentials, each) for each in self.names() if each.endswith(".tmp")]
        self.assertEqual([path for path in left if ROBOT in path], [])
        if left:
            for path in left:
                os.utime(path, (time.time() - 3700,) * 2)
            self.ctl(*words)
        self.assertEqual(self.names(), [".key.lock", "key", ROBOT + ".json", ROBOT + ".lock"])

    def test_p03_and_of_what_clears_up_after_it(self):
        self.have_login()
        rest = f".{ALICE}.json.1.0.tmp"
        self.write(os.path.join(self.credentials, rest), "half of a login")
        os.chmod(os.path.join(self.credentials, rest), 0o600)
        self.inject("unlink,unlinkat", "signal=KILL:when=1", "auth", "refresh", code=-9)
        self.assertIn(rest, self.names())
        self.ctl("auth", "refresh")
        self.assertNotIn(rest, self.names())
        self.token()

if __name__ == "__main__":
    unittest.main()
