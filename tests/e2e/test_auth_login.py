#!/usr/bin/python3
"""Whole logins: the real xdg-open starts a real Chromium, in which a person logs in, agrees, and sees how it ended."""

import os
import shutil
import unittest

from login_house import ALICE, DRIVE_FILE, LoginHouse

from browser import Browser

SHOTS = [(width, scheme) for width in (390, 1280) for scheme in ("light", "dark")]
PICTURES = os.environ.get("BATCH_PICTURES")  # a folder in which the pictures of the pages are kept, to be looked at


class WithBrowser(LoginHouse):
    def setUp(self):
        super().setUp()
        os.unlink(self.path("bin/xdg-open"))

    def log_in(self, *words, code=0, title="You are logged in", shots=(), **orders):
        """What was said, once the browser has ended on this page."""
        os.mkdir(self.path("browser"))
        browser = Browser(self.path("browser"), shots=shots, **orders)
        login = self.login(*words, env=browser.env)
        self.assertTrue(login.url)
        done = login.end(code)
        report = browser.report()
        self.assertEqual((report["error"], report["log"], report["status"]), (None, [], 200))
        self.assertEqual(report["title"], title + " - batchctl")
        self.assertTrue(report["text"].split("\n\n")[1:2] == [title] or title in report["text"], report["text"])
        self.assertEqual(report["url"].split("?")[0], login.redirect_uri)
        self.assertTrue(login.is_deaf())
        self.look_at(report["shots"], title)
        return done

    def look_at(self, shots, title):
        for shot in shots:
            self.assertEqual(shot["overflow"], 0)
            with open(shot["file"], "rb") as file:
                self.assertEqual(file.read(4), b"\x89PNG")
            if PICTURES:
                name = title.lower().replace(" ", "-")
                shutil.copy(shot["file"], os.path.join(PICTURES, f"{name}-{shot['width']}-{shot['scheme']}.png"))

    def refresh(self):
        """The tokens that the provider has given so far, before and after."""
        before = len(self.provider.secrets()["refresh_token"])
        self.ctl("auth", "refresh")
        self.assertLoggedIn()
        return len(self.provider.secrets()["refresh_token"]) - before


class Browsing(WithBrowser):
    def test_success_with_a_provider_that_rotates(self):
        self.provider.configure(rotate=True, omit_refresh_token=False)
        done = self.log_in(shots=SHOTS)
        self.assertIn(f"\nLogged in to {self.provider.issuer[7:]} as {ALICE}, ", done.err)
        self.assertLoggedIn()
        self.assertEqual([self.refresh() for _ in range(3)], [1, 1, 1])  # each token is good for one
        self.assertEqual(self.provider.count("/token", grant_type="refresh_token"), 3)
        self.assertEqual({each["status"] for each in self.provider.requests("/token")}, {200})

    def test_success_over_ipv6_with_a_provider_that_does_not(self):
        self.provider.configure(rotate=False)
        self.log_in("--ipv6")
        self.assertEqual([self.refresh() for _ in range(2)], [0, 0])
        self.assertEqual({each["status"] for each in self.provider.requests("/token")}, {200})

    def test_p14_what_the_browser_keeps(self):
        """No token, and nothing with which one could be had: a code is worth nothing without its verifier."""
        profile = self.path("profile")
        os.mkdir(profile)
        self.log_in(profile=profile)
        secrets = self.provider.secrets()
        hidden = {each.encode() for kind in ("access_token", "refresh_token", "id_token", "client_secret", "code_verifier")
                  for each in secrets[kind]}
        self.assertGreaterEqual(len(hidden), 5)
        seen = b""
        for folder, _, names in os.walk(profile):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        seen += file.read()
        self.assertGreater(len(seen), 10_000)  # it did keep something
        self.assertEqual([len(secret) for secret in hidden if secret in seen], [])

    def test_cancel_is_clicked(self):
        done = self.log_in(code=4, title="The login was cancelled", deny="consent", shots=SHOTS)
        self.assertIn("access was denied: you or your organisation did not agree; nothing was changed", done.err)
        self.assertEqual(self.exchanges(), 0)
        self.assertNothingStored()

    def test_a_box_is_not_ticked(self):
        done = self.log_in(code=4, title="The login did not succeed", untick=[DRIVE_FILE], shots=SHOTS)
        self.assertIn(f"{ALICE} did not tick the box for Drive (drive.file); nothing was stored", done.err)
        self.assertEqual(self.exchanges(), 1)
        self.assertNothingStored()

    def test_another_account_is_chosen(self):
        done = self.log_in("--login-hint", ALICE, code=4, title="The login did not succeed", person="bob")
        self.assertTrue(done.err.endswith(
            f"batchctl: error: the browser logged in bob@example.test, not {ALICE}; nothing was stored\n"
            f"hint: again, and choose the right account: batchctl auth login --client-file {self.client_file} "
            f"--login-hint {ALICE}\n"), done.err)
        self.assertNothingStored()


if __name__ == "__main__":
    unittest.main()
