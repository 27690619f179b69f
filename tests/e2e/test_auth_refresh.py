#!/usr/bin/python3
"""Many programs and one login: who renews it, who waits, and what is left after a kill: oauth-P05 to P09."""

import concurrent.futures
import os
import signal
import struct
import tempfile
import unittest

from auth_house import ALICE, AuthHouse, strace
from drive_house import DriveHouse
from house import BUILD

from drive import Drive

MANY = 20


class AtOnce(AuthHouse):
    def tokens(self, count=MANY):
        started = [self.start("auth", "token") for _ in range(count)]
        return {self.end(each).out for each in started}

    def test_p05_many_that_need_a_new_token_make_one_request(self):
        self.have_login(used_up=True)
        self.fault_refresh(delay=500)
        (token,) = self.tokens()
        self.assertTrue(self.provider.look_up(token.strip())["active"])
        self.assertEqual(self.refreshes(), 1)

    def test_p05_with_tokens_that_change(self):
        self.provider.configure(rotate=True)
        self.log_in_for()
        self.fault_refresh(delay=500)
        self.assertEqual(len(self.tokens()), 1)
        self.assertEqual(self.refreshes(), 1)
        self.ctl("auth", "refresh")  # the new one is stored
        self.assertEqual((self.refreshes(), self.record()["status"]), (2, "ok"))

    def test_p05_a_token_that_is_good_waits_for_nobody(self):
        """Not even for one that holds the lock."""
        self.have_login()
        held = self.hold("refresh")
        self.assertEqual(len(self.tokens(3)), 1)
        self.provider.release()
        self.end(held)


class Locks(AuthHouse):
    def test_p06_a_holder_that_is_killed(self):
        self.have_login(used_up=True)
        held = self.hold()
        held.kill()
        self.end(held, -signal.SIGKILL)
        self.token()
        self.assertEqual(self.record()["status"], "ok")

    def test_p06_a_holder_that_is_stopped_is_waited_for_30_s_and_named(self):
        self.have_login(used_up=True)
        held = self.hold()
        held.send_signal(signal.SIGSTOP)
        clock = self.path("clock")
        self.write("clock", "\0" * 8)
        waiting = self.start("auth", "token", env={"BOOT_CLOCK_OFFSET": clock, "LD_PRELOAD":
                                                   os.path.abspath(os.path.join(BUILD, "tests/wall_clock.so"))})
        passed = 0

        def ended():
            nonlocal passed
            passed += 16  # less than its patience: a wait of nothing would not end so
            with open(clock, "r+b") as file:
                file.write(struct.pack("=q", passed))
            return waiting.poll() is not None

        self.wait_until(ended)
        self.assertGreaterEqual(passed, 32)
        self.assertSays(self.end(waiting, 5), rf"the login {ALICE} is in use by a refresh \(pid {held.pid}, stopped\) for 30 s",
                        f"see what it does: ps -fp {held.pid}")
        held.send_signal(signal.SIGCONT)
        self.provider.release()
        self.assertEqual(self.end(held).out, self.token().out)
        self.assertEqual(self.refreshes(), 1)

    def test_p06_the_lock_file_stays_whatever_comes(self):
        """Who would delete it could let two in at once."""
        self.log_in_for()
        path = os.path.join(self.credentials, ALICE + ".lock")
        inode = os.stat(path).st_ino
        self.token()
        self.log_in()
        self.log_out()
        self.log_in()
        self.assertEqual(os.stat(path).st_ino, inode)

    def test_p06_a_lock_file_that_was_deleted_is_made_anew(self):
        self.have_login(used_up=True)
        os.unlink(os.path.join(self.credentials, ALICE + ".lock"))
        self.token()
        self.assertIn(ALICE + ".lock", self.names())

    def test_p06_a_lock_file_that_is_a_link_is_not_followed(self):
        self.have_login(used_up=True)
        path = os.path.join(self.credentials, ALICE + ".lock")
        os.unlink(path)
        os.symlink(self.write("precious", "as it was"), path)
        self.token(code=1)
        with open(self.path("precious"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "as it was")
        self.assertEqual(self.refreshes(), 0)


class Crashes(AuthHouse):
    def crash(self, point):
        self.token(code=-signal.SIGKILL, env={"CRASH_POINT": point})

    def test_p07_killed_before_anything_was_sent(self):
        for rotate in (False, True):
            with self.subTest(rotate=rotate):
                self.provider.configure(rotate=rotate)
                self.log_in_for()
                self.crash("refresh.noted")
                self.assertEqual(self.refreshes(), 0)
                self.token()
                self.assertEqual(self.refreshes(), 1)
                self.assertEqual(self.record()["status"], "ok")

    def test_p07_killed_with_the_answer_in_hand(self):
        self.log_in_for()
        self.crash("refresh.answered")
        self.token()
        self.assertEqual((self.refreshes(), self.record()["status"]), (2, "ok"))

    def test_p07_and_the_token_has_changed(self):
        """The old one is tried once; then it is said what happened, and nobody asks again."""
        self.provider.configure(rotate=True)
        self.log_in_for()
        self.crash("refresh.answered")
        for _ in range(3):
            self.token(code=4)
        self.assertEqual(self.refreshes(), 2)
        self.assertEqual((self.record()["status"], self.record()["reason"]), ("needs_login", "rotation_lost"))
        self.assertEqual(self.status(code=4)["reason"], "rotation_lost")
        self.log_in()
        self.token()

    def test_p07_a_note_of_old_says_nothing_of_another_token(self):
        """A crash, then a refresh that went well: an end after that has another reason."""
        self.log_in_for()
        self.crash("refresh.noted")
        self.token()
        self.revoke()
        self.ctl("auth", "refresh", code=4)
        self.assertEqual(self.record()["reason"], "invalid_grant")


class Meanwhile(AuthHouse):
    def test_p08_a_logout_while_a_refresh_is_under_way(self):
        """It waits for it; nothing comes back to life afterwards."""
        for rotate in (False, True):
            with self.subTest(rotate=rotate):
                self.provider.configure(rotate=rotate)
                self.log_in_for()
                held = self.hold()
                out = self.waiting("auth", "logout", "--yes")
                late = self.waiting("auth", "token")
                AuthHouse.kept.clear()
                self.assertTrue(self.record())
                self.provider.release()
                token = self.end(held).out
                self.end(out)
                self.assertIn(self.end(late, None).code, (0, 4))  # before the logout, or after
                self.assertNoLogin()
                self.assertFalse(self.provider.look_up(token.strip())["active"])
                self.token(code=4)

    def waiting(self, *words):
        """One that has found the lock taken, more than once."""
        log = os.path.join(tempfile.mkdtemp(dir=self.root), "flock")
        started = self.start(*words, under=strace("-e", "trace=flock", "-o", log))

        def waits():
            if not os.path.exists(log):
                return False
            with open(log, encoding="utf-8") as file:
                return file.read().count("EAGAIN") > 2

        self.wait_until(lambda: waits() or started.poll() is not None)
        self.assertIsNone(started.poll())
        return started

    def test_p09_a_login_while_a_refresh_is_under_way(self):
        self.have_login(used_up=True)
        before = self.exchanges()
        held = self.hold()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            login = pool.submit(self.log_in)
            self.wait_until(lambda: self.exchanges() > before or login.done())
            self.assertFalse(login.done())
            self.assertIsNone(held.poll())
            self.provider.release()
            login.result()
        old, new = self.end(held).out, self.token().out
        self.assertNotEqual(old, new)
        self.assertTrue(self.provider.look_up(old.strip())["active"])


class Delivering(AuthHouse, DriveHouse):
    def setUp(self):
        super().setUp()
        del self.env["BATCH_ACCESS_TOKEN_FILE"]
        self.drive = Drive(accepts=self.who)
        self.drive.__enter__()
        self.addCleanup(self.drive.__exit__)
        self.folder = self.drive.folder(owner=ALICE, app="the app")
        self.env["BATCH_DRIVE_URL"] = self.drive.url

    def who(self, token):
        known = self.provider.look_up(token)
        return (known["email"], known["scope"]) if known["active"] else None

    def test_p08_a_logout_while_batchd_delivers(self):
        self.log_in()
        held = self.drive.fault("upload.multipart", at="start", do="hold", skip=1)
        batch = self.submit("Ada", "Bob", "Eve", more=["-j", "1"])
        self.batchd()
        held.wait()
        self.log_out()
        held.release()
        self.wait_until(lambda: self.batch(batch)["paused"])
        self.assertNoLogin()
        self.assertEqual(self.batch(batch)["reason"]["code"], "login")
        self.assertEqual([item["attempts"] for item in self.items() if item["status"] == "pending"], [0, 0])
        self.log_in()
        self.finish(batch)
        self.assertDelivered("Ada", "Bob", "Eve")

    def test_p09_a_login_while_batchd_delivers(self):
        """What is under way ends with the old token, what comes after takes the new one."""
        self.log_in()
        held = self.drive.fault("upload.multipart", at="start", do="hold", skip=1)
        batch = self.submit("Ada", "Bob", "Eve", more=["-j", "1"])
        self.batchd()
        held.wait()
        self.log_in()
        held.release()
        self.finish(batch)
        self.assertDelivered("Ada", "Bob", "Eve")
        tokens = [each.token_sha256 for each in self.drive.requests("upload.multipart")]
        self.assertEqual([tokens[0] == token for token in tokens], [True, True, False])
        self.assertEqual([item["attempts"] for item in self.items()], [1, 1, 1])


if __name__ == "__main__":
    unittest.main()
