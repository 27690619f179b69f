#!/usr/bin/python3
"""auth login --device: the code is typed on another device."""

import signal
import unittest

from login_house import ALICE, LoginHouse, Person

CODE = r"Open (http://\S+) on any device and enter: (\S+)\n"


class Device(LoginHouse):
    def setUp(self):
        super().setUp()
        self.provider.configure(device_interval=1)
        self.client_file = self.provider.client_file(self.path("client_device.json"), kind="device")

    def begin(self, *words):
        """The login, and the page and the code for the other device."""
        login = self.login("--device", *words)
        found = login.wait_for(CODE)
        return login, found[1], found[2]

    def test_a_login(self):
        login, page, code = self.begin()
        Person("alice").use_device(page, code)
        self.assertIn(f" as {ALICE}, who lets batchctl create files in Drive", login.end().err)
        self.assertLoggedIn()
        self.assertFalse(self.was_opened())
        self.ctl("auth", "refresh")

    def test_it_is_denied(self):
        login, page, code = self.begin("--account", "work")
        Person(deny="consent").use_device(page, code)
        said = login.end(4).err
        self.assertIn("error: the login was denied on the other device; nothing was changed\n", said)
        self.assertIn(f"hint: again: batchctl auth login --client-file {self.client_file} --device --account work\n", said)
        self.assertNothingStored()

    def test_nobody_types_it(self):
        login, _, _ = self.begin("--timeout", "1s")
        said = login.end(8).err
        self.assertIn("error: nobody entered the code in time; nothing was stored\n", said)
        self.assertIn(f"hint: again: batchctl auth login --client-file {self.client_file} --device --timeout 1s\n", said)
        self.assertNothingStored()

    def test_a_client_of_another_kind(self):
        self.client_file = self.provider.client_file(self.path("client_secret.json"))
        said = self.login("--device").end(2).err
        self.assertIn("Google wants a client of the type \"TVs and Limited Input devices\"", said)

    def test_a_scope_that_no_device_gets(self):
        self.assertIn("does not log in this client on another device (invalid_scope)",
                      self.login("--device", "--profile", "drive").end(2).err)

    def test_interrupted(self):
        login, _, _ = self.begin()
        login.signal(signal.SIGINT)
        self.assertIn("interrupted: nothing was stored", login.end(130).err)


if __name__ == "__main__":
    unittest.main()
