#!/usr/bin/python3
"""Ending a login: gone from here whatever the provider says, and what it said is told: oauth-H18."""

import fcntl
import os
import unittest

from auth_house import ALICE, AuthHouse

EVERYWHERE = "logging out ends the login at the provider, too"
AT_GOOGLE = "logging out ends every login to this Google project, on other machines too"


class Logout(AuthHouse):
    def assertGone(self, done, code=0):
        AuthHouse.kept.clear()
        self.assertEqual(done.code, code, done.err)
        self.assertIn(f"batchctl: warning: {EVERYWHERE}\n", done.err)
        self.assertNoLogin()
        self.assertSilent(done.out + done.err)

    def assertNotConfirmed(self, done, why):
        self.assertGone(done, 1)
        self.assertSays(done, f"removed here, but {why}: the login is still valid there", "end it yourself, .*")

    def test_h18_confirmed(self):
        self.log_in()
        token = self.token().out.strip()
        done = self.log_out()
        self.assertGone(done)
        self.assertIn(f"{ALICE} is logged out\n", done.err)
        self.assertEqual(self.provider.count("/revoke"), 1)
        self.assertFalse(self.provider.look_up(token)["active"])
        self.token(code=4)

    def test_h18_as_rfc_7009_has_it(self):
        self.provider.configure(revocation="rfc7009")
        self.log_in()
        self.assertGone(self.log_out("--json"))

    def test_h18_google_ends_more_than_this_login(self):
        self.have_login()
        self.rewrite(issuer="https://accounts.google.com")
        done = self.ctl("auth", "logout", code=2, stdin="")
        self.assertIn(f"batchctl: warning: {AT_GOOGLE}\n", done.err)

    def test_h18_json(self):
        self.log_in()
        done = self.log_out("--json")
        self.assertEqual(done.lines(), [{"v": 1, "account": ALICE, "revoked": True}])
        self.log_in()
        self.assertEqual(self.log_out("--json", "--local-only").lines(), [{"v": 1, "account": ALICE, "revoked": False}])

    def test_h18_what_is_dead_already_is_logged_out(self):
        self.log_in()
        self.revoke()
        self.assertGone(self.log_out())

    def test_h18_what_has_ended_and_is_known_to(self):
        self.log_in_for()
        self.revoke()
        self.token(code=4)
        self.assertGone(self.log_out())

    def test_h18_a_provider_in_trouble(self):
        for fault in ({"status": 503}, {"status": 429}, {"drop": True}, {"endless": True}):
            with self.subTest(fault=fault):
                self.log_in()
                self.provider.forget_requests()
                self.provider.fault("/revoke", **fault)
                self.assertNotConfirmed(self.log_out(code=None), r"127\.0\.0\.1:\d+ could not be reached")
                self.assertEqual(self.provider.count("/revoke"), 1)

    def test_h18_an_answer_of_somebody_else(self):
        """A page of the network, and a redirect, confirm nothing."""
        for fault in ({"redirect": "http://127.0.0.1:1/"}, {"status": 404, "html": True}, {"status": 204}):
            with self.subTest(fault=fault):
                self.log_in()
                self.provider.fault("/revoke", **fault)
                self.assertNotConfirmed(self.log_out(code=None), ".*")

    def test_h18_a_refusal(self):
        self.log_in()
        self.provider.fault("/revoke", status=400, body='{"error":"invalid_client"}')
        self.assertNotConfirmed(self.log_out(code=None), r"127\.0\.0\.1:\d+ does not accept our client \(invalid_client\)")

    def test_h18_offline(self):
        self.log_in()
        self.provider.go_away()
        try:
            self.assertNotConfirmed(self.log_out(code=None), r"127\.0\.0\.1:\d+ could not be reached")
        finally:
            self.provider.come_back()

    def test_h18_only_here(self):
        self.log_in()
        token = self.token().out.strip()
        done = self.log_out("--local-only")
        self.assertNotIn(EVERYWHERE, done.err)
        self.assertIn(f"{ALICE} is removed here; it is still valid at the provider\n", done.err)
        self.assertNoLogin()
        self.assertTrue(self.provider.look_up(token)["active"])
        self.assertEqual(self.provider.count("/revoke"), 0)

    def test_h18_what_cannot_be_read_is_removed_as_well(self):
        """Nothing is confirmed then."""
        self.log_in()
        self.rewrite(sealed="A" * 80)
        done = self.log_out(code=1)
        self.assertNoLogin()
        self.assertEqual(self.provider.count("/revoke"), 0)
        self.assertSays(done, r"removed here, but .*: the login is still valid there")

    def test_h18_where_google_ends_it_is_said(self):
        self.log_in()
        self.rewrite(issuer="https://accounts.google.com", sealed="A" * 80)
        done = self.log_out(code=1)
        self.assertSays(done, "removed here, but not at .*: the login is still valid there",
                        r"end it yourself: https://myaccount\.google\.com/connections")
        self.assertNoLogin()

    def test_h18_nobody_to_ask(self):
        self.log_in()
        self.ctl("auth", "logout", code=2)
        self.assertTrue(self.record())

    def test_h18_another_login_stays(self):
        self.log_in()
        self.log_in(person="bob")
        self.log_out("--account", ALICE)
        self.assertEqual([name for name in self.names() if name.endswith(".json")], ["bob@example.test.json"])
        self.token()

    def test_h18_somebody_else_was_quicker(self):
        """This one has ended nothing, and says so."""
        self.log_in()
        lock = open(os.path.join(self.credentials, ALICE + ".lock"), "rb+")
        self.addCleanup(lock.close)
        fcntl.flock(lock, fcntl.LOCK_EX)
        later = self.start("auth", "logout", "--yes", "--json")
        self.assertIn(EVERYWHERE, later.stderr.readline())  # the login was there, and it goes for the lock
        os.unlink(self.file_of())
        lock.close()
        done = self.end(later)
        self.assertEqual(done.lines(), [{"v": 1, "account": ALICE, "revoked": False}])
        self.assertIn(f"another program has logged out {ALICE} just now\n", done.err)
        self.assertEqual(self.provider.count("/revoke"), 0)


if __name__ == "__main__":
    unittest.main()
