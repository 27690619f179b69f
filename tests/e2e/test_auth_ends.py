#!/usr/bin/python3
"""How the wait for a browser ends: with a login, a failure, a signal, or nobody."""

import fcntl
import os
import signal
import unittest

from login_house import PATIENCE, Waiting, answer_on, is_closed, wait_until


class Ends(Waiting):
    def test_c21_success_is_shown_when_it_is_stored(self):
        redirect = self.it.redirect()
        self.provider.fault("/token", hold=True)
        with self.it.connect() as browser:
            browser.sendall(self.it.request(redirect))
            wait_until(lambda: self.provider.count("/token"), PATIENCE, "the exchange")
            self.assertFalse(is_closed(browser))  # nothing is said yet
            self.assertNotIn("alice@example.test.json", self.files())
            self.provider.release()
            self.assertIn("You are logged in", answer_on(browser).body)
        self.it.end()
        self.assertLoggedIn()

    def test_c21_failures_are_shown_as_such(self):
        for code, fault in ((4, {"status": 400, "body": '{"error":"invalid_grant"}'}), (5, {"status": 503}),
                            (5, {"drop": True}), (5, {"html": True}), (2, {"status": 401, "body": '{"error":"invalid_client"}'}),
                            (4, {"patch": {"id_token": None}}), (4, {"patch": {"id_token": "x.y.z"}})):
            with self.subTest(fault=fault):
                if self.it.process.poll() is not None:
                    self.again()
                self.provider.fault("/token", **fault)
                done = self.it.finish(code)
                self.assertEqual(done.page.status, 200)
                self.assertIn("The login did not succeed", done.page.body)
                self.assertNotIn("You are logged in", done.page.body)
                self.assertNothingStored()

    def test_c21_what_cannot_be_stored(self):
        os.rmdir(self.credentials)  # it was there when the login began
        with open(self.credentials, "w", encoding="ascii"):
            pass  # a file in the place of the folder
        done = self.it.finish(None)
        self.assertNotEqual(done.code, 0)
        self.assertIn("The login did not succeed", done.page.body)
        self.assertIn(self.credentials.replace(self.root, "~"), done.err.replace(self.root, "~"))

    def test_c22_nobody_comes_back(self):
        login = self.login("--timeout", "300ms")
        self.assertTrue(login.url)
        said = login.end(8).err
        self.assertTrue(said.endswith("batchctl: error: the browser did not come back within 300ms; the address is no longer "
                                      f"valid\nhint: start again: batchctl auth login --client-file {self.client_file} "
                                      "--timeout 900ms\n"), said)
        self.assertTrue(login.is_deaf())
        self.assertNothingStored()

    def test_c22_nobody_pastes_anything(self):
        said = self.login("--no-browser", "--timeout", "300ms").end(8).err
        self.assertIn("then fails to load: \nbatchctl: error: the browser did not come back within 300ms; ", said)

    def test_c22_however_much_is_going_on(self):
        login = self.login("--timeout", "1s")
        while login.process.poll() is None:
            try:
                login.callback(state="x")
            except OSError:
                break
        login.end(8)

    def test_c23_a_signal_while_it_waits(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                if self.it.process.poll() is not None:
                    self.again()
                self.it.signal(number)
                self.assertTrue(self.it.end(128 + number).err.endswith("\ninterrupted: nothing was stored\n"))
                self.assertTrue(self.it.is_deaf())
                self.assertNothingStored()

    def test_c23_a_signal_for_the_whole_group(self):
        """As of Ctrl-C."""
        os.killpg(self.it.process.pid, signal.SIGINT)
        self.it.end(130)

    def interrupted_at(self, path, number=signal.SIGINT):
        """What was said when a signal came while this was asked for; nobody answers before."""
        redirect = self.it.redirect()
        self.provider.fault(path, hold=True)
        before = self.provider.count(path)
        with self.it.connect() as browser:
            browser.sendall(self.it.request(redirect))
            wait_until(lambda: self.provider.count(path) > before, PATIENCE, path)
            self.it.signal(number)
            page = answer_on(browser)
        said = self.it.end(128 + number).err
        self.provider.clear_faults()
        self.assertTrue(self.it.is_deaf())
        return page, said

    def test_c23_a_signal_while_the_code_is_handed_in(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            page, said = self.interrupted_at("/token", number)
            self.assertIn("The login did not succeed", page.body)
            self.assertTrue(said.endswith("\ninterrupted: nothing was stored\n"), said)
            self.assertNothingStored()
            self.again()

    def test_c23_a_signal_before_the_code_is_handed_in(self):
        """While the keys of the provider are fetched: nothing was granted yet that nobody would keep."""
        self.interrupted_at("/oauth2/v3/certs")
        self.assertEqual(self.exchanges(), 0)
        self.assertNothingStored()

    def test_c23_a_signal_when_the_tokens_are_there(self):
        """They are kept: somebody would have them otherwise, and nobody knew."""
        self.provider.configure(id_token={"claims": {"name": ""}})  # so that userinfo is asked
        page, said = self.interrupted_at("/v1/userinfo")
        self.assertIn("You are logged in", page.body)
        self.assertTrue(said.endswith("\ninterrupted, but the login is stored\n"), said)
        self.assertLoggedIn()

    def test_c23_a_signal_while_it_is_stored(self):
        """Somebody else holds the lock of this login meanwhile."""
        self.provider.configure(id_token={"claims": {"name": ""}})  # userinfo is asked: then the tokens are there
        os.makedirs(self.credentials, 0o700, exist_ok=True)
        lock = os.path.join(self.credentials, "alice@example.test.lock")
        with open(lock, "w", encoding="ascii") as held:
            os.chmod(lock, 0o600)
            fcntl.flock(held, fcntl.LOCK_EX)
            redirect = self.it.redirect()
            with self.it.connect() as browser:
                browser.sendall(self.it.request(redirect))
                wait_until(lambda: any(each["status"] for each in self.provider.requests("/v1/userinfo")), PATIENCE, "userinfo")
                for number in (signal.SIGINT, signal.SIGTERM):
                    self.it.signal(number)
                fcntl.flock(held, fcntl.LOCK_UN)
                self.assertIn("You are logged in", answer_on(browser).body)
        self.assertTrue(self.it.end(130).err.endswith("\ninterrupted, but the login is stored\n"))
        self.assertLoggedIn()
        self.assertEqual(set(self.files()), {"alice@example.test.json", "current", "key"})

    def test_c24_the_machine_sleeps(self):
        login = self.sleeper()
        self.assertTrue(login.is_waiting())
        self.sleep(240)
        self.assertTrue(login.is_waiting())
        self.sleep(301)
        login.nudge()
        said = login.end(8).err
        self.assertTrue(said.endswith("batchctl: error: the browser did not come back within 5m; the address is no longer "
                                      f"valid\nhint: start again: batchctl auth login --client-file {self.client_file} "
                                      "--timeout 15m\n"), said)


if __name__ == "__main__":
    unittest.main()
