#!/usr/bin/python3
"""How a login is written: killed at each call, and on a disk that is full or fails: oauth-P01, P03, P04."""

import json
import re
import shutil
import unittest

from auth_house import ALICE, AuthHouse, strace

CALL = re.compile(r"^(?:\[pid +\d+\] |\d+ +)?(\w+)\((.*)$")


class Saves(AuthHouse):
    def test_p01_how_one_is_written(self):
        self.have_login()
        calls = [call for call in self.trace("auth", "refresh") if call[2]]
        names = [name for name, _, _ in calls]
        self.assertEqual(names, ["openat", "write", "fsync", "rename", "openat", "fsync"] * 2)
        self.assertRegex(calls[0][1], r'"[^"]*/\.alice@example\.test\.json\.[^"]*\.tmp", .*O_CREAT\|O_EXCL\|.*O_CLOEXEC, 0600\)')
        self.assertRegex(calls[4][1], r'/credentials", O_RDONLY')

    def trace(self, *words):
        """(name, arguments, whether it is of a save) of each call, in order, of one that went well."""
        log = self.path("strace.log")
        self.end(self.start(*words, under=strace("-e", "trace=openat,write,fsync,rename", "-s", "300", "-o", log)))
        with open(log, encoding="utf-8", errors="replace") as file:
            found = [CALL.match(line) for line in file]
        calls, syncs = [], 0
        for match in filter(None, found):
            name, arguments = match.groups()
            if name == "openat" and ".tmp" in arguments:
                syncs = 2
            calls.append((name, arguments, syncs > 0))
            if name == "fsync":
                syncs -= 1
        return calls

    def numbered(self, *words):
        """The calls of its saves, each as strace counts them: ("fsync", 3)."""
        counts, found = {}, []
        for name, _, is_save in self.trace(*words):
            counts[name] = counts.get(name, 0) + 1
            if is_save:
                found.append((name, counts[name]))
        return found

    def inject(self, name, what, *words, code):
        log = self.path("strace.log")
        under = strace("-e", f"trace={name}", "-e", f"inject={name}:{what}", "-o", log)
        return self.end(self.start(*words, under=under), code)

    def test_p03_killed_at_each_call_of_a_save(self):
        """The old one is there or the new one, whole, and nothing else is left."""
        self.have_login()
        for name, number in self.numbered("auth", "refresh"):
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
        robot = json.load(open(key, encoding="utf-8"))["client_email"]
        words = ["auth", "service-account", "add", key]
        calls = self.numbered(*words)
        self.assertGreaterEqual(len(calls), 12)  # the key and the record
        for name, number in calls:
            with self.subTest(f"{name} {number}"):
                shutil.rmtree(self.path(".local"))
                self.inject(name, f"signal=KILL:when={number}", *words, code=-9)
                if self.record(robot):
                    self.token("--account", robot)
                self.ctl(*words)
                self.token("--account", robot)

    def failing(self, name, number, error, code):
        before = self.bytes_of()
        done = self.inject(name, f"error={error}:when={number}", "auth", "refresh", code=code)
        return before, done

    def test_p04_a_disk_that_fails_before_anything_was_sent(self):
        self.have_login()
        first = {name: number for name, number in reversed(self.numbered("auth", "refresh"))}
        for name, error, why in (("openat", "EROFS", "Read-only file system"), ("write", "ENOSPC", "No space left on device"),
                                 ("write", "EDQUOT", "Disk quota exceeded"), ("fsync", "EIO", "Input/output error"),
                                 ("rename", "EIO", "Input/output error")):
            with self.subTest(f"{name} {error}"):
                self.have_login()
                before, done = self.failing(name, first[name], error, None)
                self.assertIn(done.code, (1, 4, 5))
                self.assertRegex(done.err.lower(), f"error: the login {ALICE} cannot be stored: .*{why.lower()}")
                self.assertEqual(self.bytes_of(), before)
                self.assertEqual(self.refreshes(), 0)
                self.assertEqual([each for each in self.names() if each.endswith(".tmp")], [])

    def test_p04_a_disk_that_fails_with_the_answer_in_hand(self):
        """For once: it is stored a moment later.  For ever: the token is given all the same, and that is said."""
        self.have_login(used_up=True)
        number = [number for name, number in self.numbered("auth", "refresh") if name == "rename"][-1]
        self.have_login(used_up=True)
        done = self.inject("rename", f"error=ENOSPC:when={number}", "auth", "token", code=0)
        self.assertEqual((done.err, done.out), ("", self.token().out))
        self.have_login(used_up=True)
        done = self.inject("rename", f"error=ENOSPC:when={number}+", "auth", "token", code=0)
        self.assertTrue(self.provider.look_up(done.out.strip())["active"])
        self.assertRegex(done.err, f"^batchctl: warning: the login {ALICE} cannot be stored: ")
        self.assertSilent(done.err)
        self.assertEqual(self.record()["status"], "ok")
        self.token()

    def test_p04_a_disk_that_fails_at_a_login(self):
        self.log_in()
        before = self.bytes_of()
        for name, error in (("rename", "ENOSPC"), ("fsync", "EIO")):
            with self.subTest(name):
                done = self.log_in(code=None, under=strace("-e", f"trace={name}", "-e", f"inject={name}:error={error}",
                                                           "-o", self.path("log")))
                self.assertNotEqual(done.code, 0)
                self.assertRegex(done.err, f"error: the login {ALICE} cannot be stored: ")
                self.assertEqual(self.bytes_of(), before)
        self.token()


if __name__ == "__main__":
    unittest.main()
