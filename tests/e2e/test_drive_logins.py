"""Delivery to Google Drive on behalf of a person who logged in: what becomes of it when the login ends; row 103 of what has
to hold."""

import os
import shutil
import unittest

from discreet import Discreet
from drive_house import BIG, DriveHouse
from house import BUILD, SOURCE, Done
from terminal import on_terminal

from drive import Drive
from oidc import ROBOT, Provider

ALICE = "alice@example.test"
BROWSER = """#!/usr/bin/python3 -B
import os
import sys

sys.path.append({support!r})
from person import Person

Person(os.environ.get("PERSON", "alice")).login(sys.argv[1])
"""

provider = None


def setUpModule():
    global provider
    provider = Provider().start()
    unittest.addModuleCleanup(provider.stop)


def who(token):
    """Whose it is, as Drive asks Google."""
    known = provider.look_up(token)
    return (known["email"], known["scope"]) if known["active"] else None


class LoggedIn(Discreet, DriveHouse):
    def setUp(self):
        super().setUp()
        self.provider = provider
        provider.reset()
        del self.env["BATCH_ACCESS_TOKEN_FILE"]
        self.dead = set()  # tokens that Drive does not take, whatever the provider says
        self.drive = Drive(accepts=lambda token: None if token in self.dead else who(token))
        self.drive.__enter__()
        self.addCleanup(self.drive.__exit__)
        self.folder = self.drive.folder(owner=ALICE, app="the app")
        self.env |= {"BATCH_DRIVE_URL": self.drive.url, "BATCH_AUTH_ISSUER": provider.issuer, "BROWSER": "xdg-open",
                     "PATH": self.path("bin") + ":" + self.env["PATH"]}
        self.write("bin/xdg-open", BROWSER.format(support=os.path.join(SOURCE, "tests/support")))
        os.chmod(self.path("bin/xdg-open"), 0o755)
        self.log_in()

    def log_in(self, *words, person="alice"):
        file = provider.client_file(self.path("client_secret.json"))
        command = [os.path.join(BUILD, "batchctl"), "auth", "login", "--client-file", file, *words]
        code, out, errors = on_terminal(command, cwd=self.root, env=self.env | {"PERSON": person})
        self.heard(command, Done(code, out.text(), errors.text()))
        self.assertEqual(code, 0, errors.text())
        provider.forget_requests()

    def refreshes(self):
        return provider.count("/token", grant_type="refresh_token")


class Refreshing(LoggedIn):
    def test_a_fresh_login_needs_none(self):
        self.deliver("Ada", "Bob")
        self.assertDelivered("Ada", "Bob")
        self.assertEqual({file.owner for file in self.drive.files()}, {ALICE})
        self.assertEqual(self.refreshes(), 0)

    def test_a_token_that_drive_does_not_take_is_made_new_once(self):
        """Though it has not run out; no try is used up."""
        for call, size in (("upload.multipart", 2000), ("upload.start", BIG), ("upload.put", BIG)):
            with self.subTest(call=call):
                before = self.refreshes()
                refused = self.drive.fault(call, status=401)
                self.deliver(call, size=size)
                self.assertEqual((refused.hits, self.refreshes() - before, self.items()[0]["attempts"]), (1, 1, 1))
        self.assertEqual(len(self.delivered()), 3)
        tokens = [each.token_sha256 for each in self.drive.requests("upload.multipart")]
        self.assertEqual(len(set(tokens)), 2)

    def test_many_that_are_refused_at_once_make_one_new_token(self):
        names = [f"n{i}" for i in range(20)]
        self.deliver(*names[:1])
        (old,) = {each.token_sha256 for each in self.drive.requests()}
        self.dead.add(self.ctl("auth", "token").out.strip())
        self.deliver(*names[1:], more=["-j", "4"])
        self.assertDelivered(*names)
        self.assertEqual(self.refreshes(), 1)
        self.assertNotEqual(self.drive.requests()[-1].token_sha256, old)

    def test_a_new_token_that_is_refused_as_well_ends_it(self):
        self.drive.fault("upload.multipart", status=401, times=None)
        self.deliver("Ada", "Bob", "Eve", more=["-j", "1"], code=4)
        self.assertPaused("login", "alice@example.test")
        self.assertEqual(self.refreshes(), 1)

    def test_the_provider_is_away_for_a_while(self):
        """Nobody knows whether the login is good: the item waits, nobody is sent to log in."""
        provider.fault("/token", status=503, times=2)
        self.drive.fault("upload.multipart", status=401)
        self.deliver("Ada")
        self.assertDelivered("Ada")


    def test_the_provider_asks_to_be_left_in_peace(self):
        """No try of the items is used up, and it is not asked for each of them."""
        provider.fault("/token", status=503, headers={"Retry-After": "16"}, times=1)
        self.drive.fault("upload.multipart", status=401)
        self.deliver("Ada", "Bob", "Eve", retries=0, more=["-j", "1"])
        self.assertDelivered("Ada", "Bob", "Eve")
        self.assertEqual({item["attempts"] for item in self.items()}, {1})
        self.assertLessEqual(self.refreshes(), 3)


class Ending(LoggedIn):
    def end_login(self):
        """On Google's page; what has a token is refused from now on."""
        provider.revoke("alice")

    def test_pauses_the_batch_and_a_new_login_resumes_it(self):
        names = [f"n{i}" for i in range(12)]
        held = self.drive.fault("upload.multipart", at="start", do="hold", skip=5)
        batch = self.submit(*names, more=["-j", "1"])
        self.batchd()
        held.wait()
        self.end_login()
        held.release()
        self.wait_until(lambda: self.batch(batch)["paused"])
        said = self.ctl("wait", batch, code=4).err
        self.assertRegex(said, rf"batchctl: error: {batch[-8:]} \(people\.csv\) is paused: {provider.issuer[7:]} no "
                         rf"longer accepts the login of {ALICE}; \d+ of 12 items are done, no try of the others was used up\n"
                         r"hint: log in again, the batch goes on by itself: batchctl auth login --account "
                         rf"{ALICE}\n")
        self.assertEqual({item["attempts"] for item in self.items() if item["status"] == "pending"}, {0})
        self.log_in()
        self.finish(batch)
        self.assertDelivered(*names)
        self.assertIn(f"{ALICE} is back: {batch[-8:]} goes on", self.log())

    def test_the_name_of_a_login_is_not_the_person(self):
        """Who logs in under it later does not get the batch of who had it before."""
        self.log_in("--account", "work")
        self.end_login()
        self.deliver("Ada", more=["--account", "work"], code=4)
        batch = self.batch()["id"]
        self.ctl("auth", "logout", "--local-only", "--yes", "--account", "work")
        self.batchd()
        self.log_in("--account", "work", person="bob")
        self.ctl("resume", batch)
        self.wait_until(lambda: self.batch(batch)["paused"])
        self.assertPaused("login", "work is of another person now, bob@example.test")
        self.assertEqual(self.drive.files(), [])
        self.ctl("auth", "logout", "--local-only", "--yes", "--account", "work")
        self.log_in("--account", "work")
        self.finish(batch)
        self.assertEqual({file.owner for file in self.drive.files()}, {ALICE})

    def test_a_folder_of_logins_that_was_made_anew(self):
        self.batchd()
        self.end_login()
        batch = self.submit("Ada")
        self.wait_until(lambda: self.batch(batch)["paused"])
        shutil.rmtree(self.path(".local/state/batch/credentials"))
        self.log_in()
        self.ctl("submit", "--args", "a", "--", "true")  # batchd looks around
        self.wait_until(lambda: not self.batch(batch)["paused"])
        self.finish(batch)
        self.assertDelivered("Ada")

    def test_before_it_begins(self):
        self.end_login()
        self.deliver("Ada", code=4)
        self.assertPaused("login", ALICE)
        self.assertEqual(self.drive.files(), [])

    def test_a_batch_without_drive_goes_on(self):
        self.end_login()
        self.deliver("Ada", code=4)
        self.ctl("run", "-q", "--args", "a", "b", "--", "true")
        self.assertEqual(self.counts()["done"], 2)

    def test_no_token_is_anywhere(self):
        self.deliver("Ada")
        self.end_login()
        self.deliver("Bob", code=4)
        secrets = [value.encode() for value in provider.tokens_issued]
        for path, content in self.contents():
            self.assertEqual([value for value in secrets if value in content], [], path)

    def test_of_a_service_account(self):
        """A login would be another one: its key is stored again, and the batch goes on."""
        key = provider.service_account_file(self.path("robot.json"), subjects=[ALICE])
        add = ["auth", "service-account", "add", key, "--on-behalf-of", ALICE]
        self.ctl(*add)
        self.ctl("auth", "switch", ROBOT)
        batch = self.submit("Ada")
        self.ctl("auth", "service-account", "remove", ROBOT)
        self.batchd()
        self.wait_until(lambda: self.batch(batch)["paused"])
        self.assertPaused("login", "there is no login robot@")
        self.assertEqual(self.batch(batch)["reason"]["hint"],
                         "store its key again, the batch goes on by itself: batchctl auth service-account add FILE")
        self.assertIn("hint: store its key again: batchctl auth service-account add FILE\n", self.ctl("auth", "status", code=4).err)
        self.ctl(*add)
        self.wait_until(lambda: not self.batch(batch)["paused"])
        self.finish(batch)
        self.assertDelivered("Ada")


if __name__ == "__main__":
    unittest.main()
