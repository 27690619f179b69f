"""batchctl auth, the whole process: a token that is at hand, and a login through a real browser."""

import os
import statistics
import sys
import time

from looking import libraries
from measure import Group, Row, Sample
from place import Place

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path += [os.path.join(SOURCE, "tests/support"), os.path.join(SOURCE, "tests/e2e")]

from browser import Browser
from oidc import Provider
from terminal import on_terminal

TIMES = 40
OPENER = """#!/bin/sh
cut -d' ' -f1 /proc/uptime >"$OPENED_AT"
exec /usr/bin/xdg-open "$@"
"""


class Logins(Group):
    rows = (
        Row("token", "batchctl auth token, against an empty program with its libraries", "ms", 2.0, False),
        Row("token-own", "the same, against an empty program with the libraries of batchctl alone", "ms", 3.5, False),
        Row("login", "our own part of a login through the browser, against all of it", "ms", 0.5, False),
    )

    def prepare(self):
        self.provider = self.place = None
        self.empty = self.programs.path("empty_auth")
        if libraries(self.empty) != libraries(f"{self.programs.build}/libexec/batch/batchctl-auth"):
            raise RuntimeError("tests/bench/CMakeLists.txt: empty_auth has other libraries than batchctl-auth")
        self.provider = Provider().start()
        self.place = Place(self.programs, "logins")
        os.makedirs(self.place.path("bin"))
        with open(self.place.path("bin/xdg-open"), "w", encoding="utf-8") as file:
            file.write(OPENER)
        os.chmod(self.place.path("bin/xdg-open"), 0o755)
        self.client = self.provider.client_file(self.place.path("client_secret.json"))
        self.rounds_done = 0
        self.log_in()  # the browser's files are in memory after that, and a token is at hand

    def close(self):
        for each in (self.place, self.provider):
            if each is not None:
                each.close() if each is self.place else each.stop()

    def log_in(self):
        """(our part, all of it) in ms."""
        self.rounds_done += 1
        folder = self.place.path(f"browser{self.rounds_done}")
        os.makedirs(folder)
        opened = os.path.join(folder, "opened")
        env = self.place.env | Browser(folder).env | {
            "BATCH_AUTH_ISSUER": self.provider.issuer,
            "OPENED_AT": opened,
            "PATH": self.place.path("bin") + ":" + self.place.env["PATH"],
        }
        self.provider.forget_requests()
        begin = time.monotonic()
        asleep = time.clock_gettime(time.CLOCK_BOOTTIME) - begin
        code, _, errors = on_terminal(
            [f"{self.programs.build}/batchctl", "auth", "login", "--client-file", self.client],
            cwd=self.place.root,
            env=env,
        )
        end = time.monotonic()
        if code != 0:
            raise RuntimeError(f"no login: {errors.text()}")
        with open(opened, encoding="ascii") as file:
            to_browser = max(0.0, float(file.read()) - asleep - begin)  # in hundredths of a second
        (token,) = self.provider.requests("/token")
        return (to_browser + end - token["at"]) * 1e3, (end - begin) * 1e3

    def time(self, *words):
        runs = self.place.run(*words, times=TIMES)
        return (
            statistics.median([run.wall for run in runs]) * 1e3,
            statistics.median([run.cpu for run in runs]) * 1e6,
        )

    def round(self):
        empty = self.time(self.empty)
        token = self.time("batchctl", "auth", "token")
        own = self.time(self.programs.path("empty"))
        ours, whole = self.log_in()
        return {
            "token": Sample(token[0], empty[0], token[1], empty[1]),
            "token-own": Sample(token[0], own[0], token[1], own[1]),
            "login": Sample(ours, whole),
        }
