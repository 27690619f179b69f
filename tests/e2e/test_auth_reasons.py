#!/usr/bin/python3
"""Why a login is over, as far as it can be known, and what cannot be begun with it: oauth-P07, P17, H13."""

import datetime
import signal
import sqlite3
import unittest

from auth_house import ALICE, AuthHouse


class Reasons(AuthHouse):
    def begin(self):
        """A batch of this login."""
        self.waiting = self.ctl("submit", "--args", "a", "-d", "drive:1AbC", "--hold", "--", "true").id

    def assertOver(self, *why):
        """That it is so, when the batch is looked at."""
        self.assertEqual(self.record()["status"], "needs_login")
        with sqlite3.connect(self.state) as state:  # as batchd does when the login has ended
            state.execute("""UPDATE batch SET paused = '{"code":"login","message":"gone","hint":"log in"}'""")
        hint = self.ctl("wait", self.waiting, code=4).err.rpartition("hint: ")[2]
        self.assertEqual(hint.splitlines(), ["log in", *(f"  {each}" for each in why)])

    def test_it_was_lost(self):
        self.provider.configure(rotate=True)
        self.log_in_for()
        self.begin()
        self.token(code=-signal.SIGKILL, env={"CRASH_POINT": "refresh.answered"})
        self.token(code=4)
        why = "A program was ended while it renewed the login, and its new token was lost"
        self.assertOver(why)
        self.assertIn(f"the login of {ALICE} is over: {why}\n", self.ctl("doctor", code=None).out)

    def test_it_was_for_some_time_only(self):
        self.provider.configure(refresh_token_expires_in=1)
        self.log_in_for()
        self.begin()
        end = datetime.datetime.fromisoformat(self.status()["ends_at"].replace("Z", "+00:00"))
        self.wait_until(lambda: datetime.datetime.now(datetime.timezone.utc) > end)
        self.token(code=4)
        self.assertOver("It was given for some time only, and that is over")

    def test_others_have_no_such_end(self):
        self.have_login()
        self.assertIsNone(self.status()["ends_at"])

    def test_the_organisation_wants_it(self):
        self.have_login(used_up=True)
        self.begin()
        self.revoke("invalid_rapt")
        self.token(code=4)
        self.assertOver("The organisation asks for a new login from time to time")

    def test_nobody_knows(self):
        self.have_login(used_up=True)
        self.begin()
        self.revoke()
        self.token(code=4)
        self.assertOver()


class Submits(AuthHouse):
    """What batchd could not deliver is not stored."""

    def refused(self, message):
        done = self.ctl("submit", "--args", "a", "-d", "drive:1AbC", "--", "true", code=4)
        self.assertSays(done, f"the login of {ALICE} {message}; nothing was stored",
                        f"log in again: batchctl auth login --account {ALICE}")
        self.assertEqual(self.ctl("status", "--json").lines(), [])

    def test_p17_a_login_that_does_not_reach(self):
        self.have_login()
        self.rewrite(scopes=["openid", "https://www.googleapis.com/auth/drive.readonly"])
        self.refused(r"does not allow to create files in Drive \(drive\.file\)")

    def test_p17_one_that_is_over(self):
        self.have_login(used_up=True)
        self.revoke()
        self.token(code=4)
        self.refused("is over")
        self.assertEqual(self.refreshes(), 1)


if __name__ == "__main__":
    unittest.main()
