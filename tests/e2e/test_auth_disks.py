#!/usr/bin/python3
"""Logins on a disk that is full or fails: oauth-P04."""

import unittest

from auth_house import ALICE, strace
from traces import Traced


class Disks(Traced):
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
                self.assertSays(done, f"the login {ALICE} cannot be stored: cannot write .*")
                self.assertRegex(done.err, r"(?m)^batchctl: warning: 127\.0\.0\.1:\d+ has granted the login all the same$")
                self.assertEqual(self.bytes_of(), before)
        self.token()


if __name__ == "__main__":
    unittest.main()
