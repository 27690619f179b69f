#!/usr/bin/python3
"""auth status: what it says of each kind of login, and that it asks nobody unless it is told to: oauth-P17; auth token on a
terminal and in a pipe: oauth-P16."""

import json
import os
import sqlite3
import unittest

from auth_house import ALICE, AuthHouse
from house import BUILD
from terminal import on_terminal

from oidc import ROBOT


class Status(AuthHouse):
    def assertAsked(self, times):
        self.assertEqual(self.refreshes(), times)
        if not times:
            self.assertEqual(self.provider.requests(), [])

    def test_p17_nobody(self):
        self.assertSays(self.ctl("auth", "status", code=4), "there is no login", "log in: batchctl auth login")
        self.assertAsked(0)

    def test_p17_a_good_one(self):
        self.have_login()
        told = self.status()
        self.assertEqual((told["state"], told["reason"], told["key"], told["current"]), ("ok", None, "file", True))
        self.assertAsked(0)
        self.assertEqual(self.status("--check")["state"], "ok")
        self.assertAsked(1)
        self.assertSilent(self.ctl("auth", "status").out + self.ctl("auth", "status", "--json").out)

    def test_p17_one_whose_token_is_used_up(self):
        """It will be renewed when somebody needs it: nothing is wrong."""
        self.have_login(used_up=True)
        self.assertEqual(self.status()["state"], "ok")
        self.assertAsked(0)

    def test_p17_one_that_has_ended(self):
        self.log_in()
        self.revoke()
        self.provider.forget_requests()
        self.assertEqual(self.status()["state"], "ok")  # nobody knows yet
        told = self.status("--check", code=4)
        self.assertEqual((told["state"], told["reason"]), ("needs_login", "invalid_grant"))
        self.assertTrue(told["ended_at"])
        told = self.status(code=4)
        self.assertEqual((told["state"], told["reason"]), ("needs_login", "invalid_grant"))
        self.assertTrue(told["ended_at"])
        self.assertAsked(1)
        done = self.ctl("auth", "status", code=4)
        self.assertIn(f"hint: log in again: batchctl auth login --account {ALICE}\n", done.err)
        self.status("--check", code=4)
        self.assertAsked(1)  # it is known

    def test_p17_a_provider_that_is_away(self):
        self.have_login()
        self.provider.go_away()
        try:
            self.assertEqual(self.status()["state"], "ok")
            told = self.status("--check", code=5)
        finally:
            self.provider.come_back()
        self.assertEqual(told["state"], "unreachable")
        self.assertIn("cannot be reached", told["problem"])
        self.assertEqual(self.record()["status"], "ok")

    def test_p17_scopes_that_are_not_enough(self):
        """Which ones it has is seen; what wants more says so."""
        self.have_login()
        self.assertIn("drive.file", self.ctl("auth", "status").out)
        self.rewrite(scopes=["openid"])
        self.assertNotIn("drive.file", self.ctl("auth", "status").out)

    def test_p17_files_that_are_not_safe(self):
        self.have_login()
        os.chmod(self.file_of(), 0o644)
        told = self.status(code=4)
        self.assertEqual(told["state"], "insecure")
        self.assertIn("others may open it", told["problem"])
        self.assertAsked(0)
        self.assertIn("insecure", self.ctl("auth", "list").out)

    def test_p17_a_damaged_one(self):
        self.have_login()
        self.rewrite(sealed="A" * 80)
        self.assertEqual(self.status("--check", code=4)["state"], "broken")
        self.assertAsked(0)
        with open(self.file_of(), "w", encoding="utf-8") as file:
            file.write("{")
        self.assertEqual(self.status(code=4)["state"], "broken")

    def test_p17_several(self):
        self.log_in()
        self.log_in(person="bob")
        self.rewrite(status="needs_login")
        told = {line["account"]: line for line in self.ctl("auth", "status", "--json", code=4).lines()}
        self.assertEqual({name: (line["state"], line["current"]) for name, line in told.items()},
                         {ALICE: ("needs_login", False), "bob@example.test": ("ok", True)})

    def test_p17_one_that_is_gone_while_batches_wait(self):
        self.have_login()
        batch = self.ctl("submit", "--args", "a", "-d", "drive:1AbC", "--hold", "--", "true").id
        with sqlite3.connect(self.state) as state:  # as batchd does when the login has ended
            state.execute("""UPDATE batch SET paused = '{"code":"login","message":"gone","hint":""}'""")
        self.assertEqual((self.status()["waiting"], self.status()["problem"]), (1, None))
        self.ctl("auth", "logout", "--local-only", "--yes")
        told = self.status(code=4)
        self.assertEqual((told["account"], told["state"], told["problem"], told["waiting"], told["current"]),
                         (ALICE, "needs_login", "logged out", 1, False))
        done = self.ctl("auth", "status", code=4)
        self.assertRegex(done.out, rf"\n{ALICE}\tneeds_login\t.*\t1\n\Z")
        self.assertIn(f"hint: log in again: batchctl auth login --account {ALICE}\n", done.err)
        self.assertEqual(self.batch(batch)["reason"]["code"], "login")

    def test_p17_a_batch_that_names_no_login_waits_for_none(self):
        self.have_login()
        self.ctl("submit", "--args", "a", "-d", "drive:1AbC", "--", "true", env={"BATCH_ACCESS_TOKEN": "t"})
        with sqlite3.connect(self.state) as state:
            state.execute("""UPDATE batch SET paused = '{"code":"login","message":"gone","hint":""}'""")
        self.assertEqual(self.status()["waiting"], 0)

    def test_p17_a_token_of_the_environment_is_named(self):
        self.have_login()
        done = self.ctl("auth", "status", env={"BATCH_ACCESS_TOKEN": "canary-of-a-token"})
        self.assertIn("BATCH_ACCESS_TOKEN is set", done.err)
        self.assertNotIn("canary", done.out + done.err)

    def test_p17_who_needs_a_person_counts_more_than_a_provider_that_is_away(self):
        """Whatever their names: waiting helps only with the other."""
        self.log_in()
        self.log_in(person="bob")
        self.rewrite("bob@example.test", status="needs_login")
        self.provider.go_away()
        try:
            done = self.ctl("auth", "status", "--check", "--json", code=4)
        finally:
            self.provider.come_back()
        self.assertEqual([(line["account"], line["state"]) for line in done.lines()],
                         [(ALICE, "unreachable"), ("bob@example.test", "needs_login")])
        self.assertIn("hint: log in again: batchctl auth login --account bob@example.test\n", done.err)

    def test_p17_of_a_service_account(self):
        """A login under its name would not help: its key does."""
        key = self.provider.service_account_file(self.path("robot.json"))
        self.ctl("auth", "service-account", "add", key)
        again = "hint: store its key again: batchctl auth service-account add FILE\n"
        self.rewrite(ROBOT, status="needs_login")
        self.assertIn(again, self.ctl("auth", "status", code=4).err)
        done = self.ctl("submit", "--args", "a", "-d", "drive:1AbC", "--", "true", code=4)
        self.assertSays(done, f"the login of {ROBOT} is over; nothing was stored", again[6:-1])
        self.assertIn("batchctl auth service-account add FILE", self.ctl("doctor", code=None).out)
        self.rewrite(ROBOT, status="ok", sealed="A" * 80)
        done = self.ctl("auth", "status", "--check", code=4)
        self.assertIn(again, done.err)
        self.assertSays(self.ctl("auth", "token", code=4), f"the stored login {ROBOT} is damaged, .*", again[6:-1])
        self.write(os.path.relpath(self.file_of(ROBOT), self.root), "{")
        self.assertIn(again, self.ctl("auth", "status", code=4).err)
        self.ctl("auth", "service-account", "add", key)  # as the hints say
        self.ctl("auth", "token")

    def test_p17_of_a_service_account_whose_key_is_refused(self):
        self.ctl("auth", "service-account", "add", self.provider.service_account_file(self.path("robot.json")))
        self.provider.service_account_file(self.path("other.json"), key="another")
        done = self.ctl("auth", "status", "--check", code=4)
        self.assertIn(f"{ROBOT}\tneeds_login\t", done.out)
        self.assertIn("hint: is the key still there: batchctl auth service-account add FILE\n", done.err)

    def test_switch_in_json(self):
        self.log_in()
        self.log_in(person="bob")
        self.assertEqual(self.ctl("auth", "switch", ALICE, "--json").lines(), [{"v": 1, "account": ALICE}])
        self.assertTrue(self.status()["current"])

    def test_p17_one_of_a_newer_version(self):
        """A login under its name would put it out of the way of who can read it."""
        self.have_login()
        self.rewrite(v=99)
        done = self.ctl("auth", "status", code=4)
        self.assertIn(f"{ALICE}\tbroken\t", done.out)
        self.assertRegex(done.err, "(?m)^hint: use that one, or log in under another name: batchctl auth login --account NAME$")


class Token(AuthHouse):
    def test_p16_the_token_alone_and_nothing_else(self):
        self.have_login()
        done = self.token()
        self.assertRegex(done.out, r"\Aya29\.[!-~]+\n\Z")
        self.assertEqual(done.err, "")
        code, out, err = on_terminal([os.path.join(BUILD, "batchctl"), "auth", "token"], cwd=self.root, env=self.env,
                                     columns=9999)
        self.assertEqual((code, out.text(), err.text()), (0, done.out, ""))

    def test_p16_json(self):
        self.have_login()
        (told,) = self.token("--json").lines()
        self.assertEqual(set(told), {"v", "account", "access_token", "expires_at", "scopes"})
        self.assertEqual((told["account"], told["access_token"]), (ALICE, self.token().out.strip()))
        self.assertRegex(told["expires_at"], r"^20\d\d-.*Z$")

    def test_p16_nothing_else_is_ever_shown(self):
        """No command shows the refresh token."""
        self.have_login(used_up=True)
        said = ""
        for words in (["token"], ["token", "--json"], ["refresh", "--json"], ["status", "--json"], ["status", "--check"],
                      ["list", "--json"], ["token", "-v"], ["refresh", "-v"]):
            done = self.ctl("auth", *words)
            said += done.out + done.err
        for kind in ("refresh_token", "id_token", "code", "code_verifier", "client_secret"):
            for secret in self.provider.secrets()[kind]:
                self.assertNotIn(secret, said)

    def test_p16_how_long_it_must_live(self):
        self.log_in_for(600)
        first = self.token("--min-life", "5m").out
        self.assertEqual(self.refreshes(), 0)
        self.assertNotEqual(self.token("--min-life", "30m").out, first)
        self.assertEqual(self.refreshes(), 1)


if __name__ == "__main__":
    unittest.main()
