#!/usr/bin/python3
"""Whose login it is: userinfo that must not be believed, and somebody else than was expected: oauth-H08, H09."""

import json
import sqlite3
import unittest

from auth_house import ALICE, AuthHouse


class Accounts(AuthHouse):
    def claims(self, **claims):
        self.provider.configure(id_token={"claims": claims})

    def stored(self, *words, account=ALICE):
        self.log_in(*words)
        return self.record(account)

    def accounts(self):
        """The rows of the state file."""
        with sqlite3.connect(self.state) as state:
            state.row_factory = sqlite3.Row
            return [dict(row) for row in state.execute("SELECT * FROM account ORDER BY name")]

    def test_h08_userinfo_of_somebody_else(self):
        self.claims(email=None)
        self.provider.fault("/v1/userinfo", body=json.dumps({"sub": "7", "email": ALICE, "name": "Alice"}))
        done = self.log_in(code=4)
        self.assertSays(done, "the provider speaks of two accounts at once; nothing was stored")
        self.assertNoLogin()

    def test_h08_userinfo_that_cannot_be_had(self):
        """It only makes a nicer name."""
        self.claims(name=None)
        for fault in ({"status": 401}, {"status": 503}, {"huge": 50}, {"html": True}, {"drop": True}, {"body": "[]"}):
            with self.subTest(fault=fault):
                self.provider.fault("/v1/userinfo", **fault)
                record = self.stored()
                self.assertEqual((record["subject"], record["email"]), ("100000000000000000001", ALICE))
                self.assertEqual(self.provider.requests("/v1/userinfo")[-1]["authorization"][:14], "Bearer sha256:")

    def test_h08_userinfo_completes_the_name(self):
        self.claims(name=None, picture=None, email=None)
        record = self.stored()
        self.assertEqual((record["email"], record["name"]), (ALICE, "Alice Adams"))
        self.assertEqual([row["email"] for row in self.accounts()], [ALICE])

    def test_h08_no_email_anywhere(self):
        self.claims(email=None, name="Alice")
        self.provider.fault("/v1/userinfo", body='{"sub":"100000000000000000001"}')
        record = self.stored(account="100000000000000000001")
        self.assertEqual((record["email"], record["name"]), ("", "Alice"))

    def test_h08_texts_without_end_and_with_signs(self):
        self.claims(name="A" * 5000 + "\x1b[2J", picture="javascript:alert(1)" + "x" * 5000)
        self.assertLess(len(self.stored()["name"]), 600)
        self.claims(name="\x1b[2JEve\r\n", email="eve\x1b[2J@example.test")
        done = self.log_in()
        self.assertNotIn("\x1b", done.out + done.err + self.ctl("auth", "status").out + self.ctl("auth", "list").out)

    def test_h08_somebody_is_known_by_issuer_and_subject(self):
        self.log_in("--account", "work")
        self.provider.user("alice", email="adams@example.test", email_verified=False)
        self.log_in("--account", "work")
        (row,) = self.accounts()
        self.assertEqual((row["issuer"], row["subject"], row["email"]),
                         (self.provider.issuer, "100000000000000000001", "adams@example.test"))
        self.assertEqual(self.record("work")["email"], "adams@example.test")

    def test_h08_an_address_that_somebody_else_has_now_does_not_open_the_login(self):
        self.log_in()
        before = self.bytes_of()
        self.provider.user("alice", email="adams@example.test")
        self.provider.user("bob", email=ALICE)
        done = self.log_in(person="bob", code=9)
        self.assertSays(done, r"the login alice@example\.test is of alice@example\.test \(\w+\), and the browser logged in "
                        r"alice@example\.test \(\w+\); nothing was stored")
        self.assertEqual(self.bytes_of(), before)

    def test_h09_another_one_than_was_hinted_at(self):
        done = self.log_in("--login-hint", ALICE, person="bob", code=4)
        self.assertSays(done, r"the browser logged in bob@example\.test, not alice@example\.test; nothing was stored",
                        r"again, and choose the right account: batchctl auth login --client-file \S+ --login-hint "
                        "alice@example.test")
        self.assertNoLogin()
        self.log_in("--login-hint", ALICE.upper())
        self.assertEqual(self.provider.requests("/o/oauth2/v2/auth")[-1]["query"]["login_hint"], ALICE.upper())

    def test_h09_another_one_than_the_login_is_of(self):
        self.log_in("--account", "work")
        before = self.bytes_of("work")
        done = self.log_in("--account", "work", person="bob", code=9)
        self.assertSays(done, r"the login work is of alice@example\.test, and the browser logged in bob@example\.test; "
                        "nothing was stored", r"under another name: batchctl auth login --client-file \S+ --account NAME")
        self.assertEqual(self.bytes_of("work"), before)
        self.log_in("--account", "home", person="bob")
        self.assertEqual(self.record("home")["email"], "bob@example.test")


if __name__ == "__main__":
    unittest.main()
