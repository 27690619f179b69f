#!/usr/bin/python3
"""A provider that refuses, is in trouble or away, and what becomes of a login then: oauth-H10 to H14."""

import json
import time
import unittest

from auth_house import AuthHouse

CANARY = "canary-of-a-body-that-nobody-may-see"


class Refusals(AuthHouse):
    def test_h10_a_code_that_is_not_accepted_is_not_tried_again(self):
        self.fault_exchange(status=400, body='{"error":"invalid_grant"}')
        done = self.log_in(code=4)
        self.assertSays(done, r".* did not accept the code that the browser brought; nothing was stored",
                        r"again: batchctl auth login --client-file \S+")
        self.assertEqual(self.exchanges(), 1)
        self.assertNoLogin()

    def test_h11_a_code_is_sent_once_whatever_happens(self):
        for fault in ({"status": 503}, {"status": 429, "headers": {"Retry-After": "1"}}, {"drop": True},
                      {"drop": True, "stage": "answer"}, {"redirect": self.provider.issuer + "/elsewhere"},
                      {"html": True}):
            with self.subTest(fault=fault):
                self.provider.forget_requests()
                self.fault_exchange(**fault)
                self.log_in(code=5)
                self.assertEqual(self.provider.count("/token"), 1)
                self.assertEqual(self.provider.count("/elsewhere"), 0)
                self.assertNoLogin()

    def test_h11_a_connection_that_ends_before_the_code(self):
        """Only while nothing of the code was sent may it be sent by another one."""
        self.fault(drop="reset", stage="head")
        done = self.log_in(code=None)
        self.assertIn(done.code, (0, 5), done.err)
        self.assertEqual(self.exchanges(), 0 if done.code else 1)

    def test_h11_a_refresh_waits_for_the_provider(self):
        for fault in ({"status": 503}, {"status": 429, "headers": {"Retry-After": "1"}}, {"status": 500, "html": True},
                      {"drop": True}, {"status": 400, "body": '{"error":"temporarily_unavailable"}'}):
            with self.subTest(fault=fault):
                self.have_login(used_up=True)
                self.fault_refresh(**fault)
                self.token()
                self.assertEqual(self.refreshes(), 2)

    def test_h11_for_as_long_as_it_asks(self):
        self.have_login(used_up=True)
        self.fault_refresh(status=503, headers={"Retry-After": "2"})
        begin = time.monotonic()
        self.token()
        self.assertGreaterEqual(time.monotonic() - begin, 2)
        self.assertEqual(self.refreshes(), 2)

    def test_h11_but_not_for_long(self):
        """Others wait for the same login meanwhile."""
        self.have_login(used_up=True)
        self.fault_refresh(status=429, headers={"Retry-After": "16"}, times=None)
        self.token(code=5)
        self.assertEqual(self.refreshes(), 1)
        self.assertEqual(self.record()["status"], "ok")

    def test_h11_but_not_for_ever(self):
        self.have_login(used_up=True)
        self.fault_refresh(status=503, times=None)
        done = self.token(code=5)
        self.assertSays(done, r"127\.0\.0\.1:\d+ is in trouble \(HTTP 503\)", "try again in a minute")
        self.assertEqual(self.refreshes(), 5)
        self.assertEqual(self.record()["status"], "ok")
        self.provider.clear_faults()
        self.token()

    def test_h11_a_post_is_never_sent_elsewhere(self):
        self.have_login(used_up=True)
        for status in (302, 307, 308):
            self.fault_refresh(status=status, headers={"Location": self.provider.issuer + "/elsewhere"})
            self.token(code=5)
        self.assertEqual((self.refreshes(), self.provider.count("/elsewhere")), (3, 0))
        self.assertEqual(self.record()["status"], "ok")

    def test_h11_nobody_is_there(self):
        self.have_login(used_up=True)
        self.provider.go_away()
        try:
            done = self.token(code=5)
            login = self.log_in(code=5)
        finally:
            self.provider.come_back()
        for said in (done, login):
            self.assertSays(said, r"http://127\.0\.0\.1:\d+ cannot be reached: .*")
        self.assertEqual(self.record()["status"], "ok")
        self.token()

    def test_h11_a_name_that_nobody_knows(self):
        """The name is longer than names may be: no server of names is asked, which would take its time."""
        done = self.log_in(code=5, env={"BATCH_AUTH_ISSUER": f"https://{'x' * 64}.invalid"})
        self.assertSays(done, r"x+\.invalid cannot be reached: Could not resolve host: .*")

    def test_h11_what_went_wrong_on_the_way_is_not_taken_for_a_lost_token(self):
        """The provider was in trouble, and then the login has ended: for a reason of its own."""
        self.have_login(used_up=True)
        self.fault_refresh(status=503)
        self.fault_refresh(status=400, body='{"error":"invalid_grant"}')
        self.token(code=4)
        self.assertEqual(self.record()["reason"], "invalid_grant")
        self.have_login(used_up=True)
        self.fault_refresh(drop=True)
        self.fault_refresh(status=400, body='{"error":"invalid_grant"}')
        self.token(code=4)
        self.assertEqual(self.record()["reason"], "rotation_lost")  # nobody knows

    def test_h12_the_client_is_not_accepted(self):
        self.have_login(used_up=True)
        for status, word in ((401, "invalid_client"), (401, "deleted_client"), (400, "unauthorized_client")):
            with self.subTest(word):
                self.provider.forget_requests()
                self.fault("/token", times=2, status=status, body=json.dumps({"error": word, "error_description": CANARY}))
                for done in (self.token(code=2), self.log_in("--account", "other", code=2)):
                    self.assertSays(done, rf"127\.0\.0\.1:\d+ does not accept our client \({word}\)",
                                    r"is it the right one, and still there\? man batchctl-auth-login")
                    self.assertNotIn(CANARY, done.err)
                self.assertEqual((self.refreshes(), self.exchanges()), (1, 1))
                self.assertEqual(self.record()["status"], "ok")
        self.token()

    def test_h13_a_login_that_was_ended(self):
        self.have_login(used_up=True)
        self.revoke()
        done = self.token(code=4)
        self.assertSays(done, r"127\.0\.0\.1:\d+ no longer accepts the login of alice@example\.test",
                        r"log in again.*: batchctl auth login --account alice@example\.test")
        self.assertEqual((self.record()["status"], self.record()["reason"]), ("needs_login", "invalid_grant"))
        for _ in range(3):
            self.token(code=4)
        self.assertEqual(self.refreshes(), 1)  # it knows
        self.ctl("auth", "refresh", code=4)  # a person may ask
        self.assertEqual(self.refreshes(), 2)
        self.log_in()
        self.token()

    def test_h13_a_login_that_lives_again_is_found_by_a_person(self):
        self.have_login(used_up=True)
        self.fault_refresh(status=400, body='{"error":"invalid_grant"}')
        self.token(code=4)
        self.ctl("auth", "refresh")
        self.token()
        self.assertEqual(self.record()["reason"], "")

    def test_h13_the_words_tell_and_not_their_descriptions(self):
        self.have_login(used_up=True)
        self.revoke("invalid_rapt")
        self.token(code=4)
        self.assertEqual(self.record()["reason"], "invalid_rapt")
        self.have_login(used_up=True)
        self.fault_refresh(status=400, body=json.dumps({"error": "invalid_request", "error_description":
                                                        "invalid_grant: Token has been expired or revoked."}))
        self.token(code=None)
        self.assertEqual(self.record()["status"], "ok")  # nobody said that it has ended
        self.token()

    def test_h14_no_secret_is_in_the_address_of_a_request(self):
        self.have_login(used_up=True)
        self.token()
        self.log_out()
        asked = {each["path"]: each["query"] for each in self.provider.requests()}
        self.assertLessEqual({"/token", "/revoke"}, asked.keys())
        for path in ("/token", "/revoke", "/v1/userinfo"):
            self.assertEqual(asked.get(path, {}), {}, path)
        self.assertEqual({each["method"] for each in self.provider.requests() if each["path"] in ("/token", "/revoke")},
                         {"POST"})

    def test_h11_a_connection_that_is_closed_is_told_in_words(self):
        """A kept one, on which libcurl would have to send the code once more, and a new one."""
        self.fault_exchange(drop=True)
        self.assertSays(self.log_in(code=5), r".*127\.0\.0\.1:\d+ broke off: it closed the connection")
        self.fault("/.well-known/openid-configuration", drop=True)
        self.assertSays(self.log_in(code=5), r".*127\.0\.0\.1:\d+ broke off: it closed the connection")


if __name__ == "__main__":
    unittest.main()
