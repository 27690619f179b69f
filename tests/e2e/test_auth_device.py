#!/usr/bin/python3
"""auth login --device: the code is typed on another device."""

import hashlib
import json
import os
import signal
import struct
import unittest

from house import BUILD
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
        self.assertNotOpened()
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

    # ---- the provider, meanwhile -------------------------------------------------------------------

    def polls(self, device_code):
        """When it was asked about the code."""
        return [each["at"] for each in self.provider.requests("/token")
                if each["form"].get("device_code") == "sha256:" + hashlib.sha256(device_code.encode()).hexdigest()]

    def begin_with(self, *words, faults=()):
        """Also the code by which it asks; faults: the answers to that."""
        login, page, code = self.begin(*words)
        device_code = self.provider.secrets()["device_code"][-1]
        for fault in faults:
            self.provider.fault("/token", when={"device_code": device_code}, **fault)
        return login, page, code, device_code

    def test_the_provider_is_in_trouble_for_a_while(self):
        """It is asked again, after a longer time each time (RFC 8628, section 3.5)."""
        def refusal(word):
            return {"status": 400, "body": json.dumps({"error": word}), "headers": {"content-type": "application/json"}}

        cases = {  # the faults, and the longest time between two questions at the least
            "trouble": ([{"status": 503}, {"drop": True}], 3.5),
            "slower": ([refusal("slow_down")], 5.5),
            "in-peace": ([{"status": 503, "headers": {"retry-after": "4"}}], 3.5),
        }
        logins = {name: self.begin_with("--account", name, faults=faults) for name, (faults, _) in cases.items()}
        ended = self.begin_with(faults=[refusal("expired_token")])[0]
        for _, page, code, _ in logins.values():
            Person("alice").use_device(page, code)
        self.assertIn("error: nobody entered the code in time; nothing was stored\n", ended.end(8).err)
        for name, (login, _, _, device_code) in logins.items():
            with self.subTest(name):
                login.end()
                polls = self.polls(device_code)
                self.assertGreater(max(later - earlier for earlier, later in zip(polls, polls[1:])), cases[name][1])
        self.assertEqual(sorted(self.accounts()), sorted(cases))

    def test_a_provider_that_never_comes_back(self):
        """Nobody is blamed who entered the code."""
        login, page, code, _ = self.begin_with("--timeout", "2s", faults=[{"drop": True, "times": None}])
        Person("alice").use_device(page, code)
        self.assertRegex(login.end(5).err, r"error: \S+127\.0\.0\.1:\d+ broke off: it closed the connection; nothing was stored\n"
                                           r"hint: again: batchctl auth login .* --device --timeout 2s\n")
        self.assertNothingStored()

    def test_an_answer_that_is_lost_on_the_way(self):
        """A code is good once."""
        login, page, code, device_code = self.begin_with(faults=[{"drop": True, "stage": "answer", "times": None}])
        Person("alice").use_device(page, code)
        before = len(self.polls(device_code))
        self.wait_until(lambda: len(self.polls(device_code)) > before)
        self.provider.clear_faults()
        self.assertIn("error: the answer to the login was lost on the way; nothing was stored\nhint: again: ", login.end(4).err)
        self.assertNothingStored()

    def test_a_wall_clock_that_is_set_meanwhile(self):
        """How long the code lives has nothing to do with it."""
        def jump(seconds):
            with open(os.open(self.path("clock"), os.O_WRONLY | os.O_CREAT), "wb") as clock:
                clock.write(struct.pack("q", seconds))

        jump(0)
        self.env |= {"LD_PRELOAD": os.path.join(BUILD, "tests/wall_clock.so"), "WALL_CLOCK_OFFSET": self.path("clock")}
        login, page, code, device_code = self.begin_with("--timeout", "1h")
        jump(86400)
        before = len(self.polls(device_code))
        self.wait_until(lambda: len(self.polls(device_code)) > before + 1 or login.process.poll() is not None)
        self.assertIsNone(login.process.poll(), login.text)
        jump(0)
        Person("alice").use_device(page, code)
        login.end()


if __name__ == "__main__":
    unittest.main()
