"""What batchctl-auth(1), batchctl-auth-login(1) and the README say of logins, typed as it stands there."""

import json
import os
import re
import shutil
import unittest

from house import BUILD, SOURCE, House
from terminal import on_terminal
from test_readme import sections

from drive import ADA, Drive
from oidc import Provider

GOOGLE = "https://www.googleapis.com"
FOLDER = "drive:1AbC"
BROWSER = """#!/usr/bin/python3 -B
import sys

sys.path.append({support!r})
from person import Person

Person("alice").login(sys.argv[1])
"""
KEYRING = """#!/bin/sh
case $1 in
lookup) cat "$HOME/keyring" 2>/dev/null ;;
store) cat >"$HOME/keyring" ;;
esac
"""

provider = None


def setUpModule():
    global provider
    provider = Provider().start()
    unittest.addModuleCleanup(provider.stop)


def page(name):
    with open(os.path.join(SOURCE, "man", name), encoding="utf-8") as file:
        return file.read()


def commands(text):
    return [line[1:] for line in text.splitlines() if re.match(" [a-z{]", line)]


def who(token):
    known = provider.look_up(token)
    return (known["email"], known["scope"]) if known["active"] else None


class Person(House):
    """Ada, at a terminal, with a browser that says yes."""

    def setUp(self):
        super().setUp()
        provider.reset()
        provider.user("alice", email=ADA)
        self.drive = Drive(accepts=who)
        self.drive.__enter__()
        self.addCleanup(self.drive.__exit__, None, None, None)
        self.env |= {"BATCH_DRIVE_URL": self.drive.url, "BATCH_AUTH_ISSUER": provider.issuer, "BROWSER": "xdg-open",
                     "PATH": self.path("bin") + ":" + self.env["PATH"], "no_proxy": "127.0.0.1"}
        self.env.pop("XDG_DATA_HOME")
        self.tool("xdg-open", BROWSER.format(support=os.path.join(SOURCE, "tests/support")))
        os.makedirs(self.path("Downloads"))
        provider.client_file(self.path("Downloads/client_secret_123.json"))
        shutil.copy(os.path.join(SOURCE, "man/examples/people.csv"), self.root)
        self.write("card.html", "<p>{{ name }}</p>\n")

    def tool(self, name, script):
        os.chmod(self.write("bin/" + name, script), 0o755)

    def type(self, command, code=0):
        """What it prints and says."""
        command = command.replace(GOOGLE, self.drive.url)
        ended, out, err = on_terminal(["sh", "-c", command], cwd=self.root, env=self.env)
        self.assertEqual(ended, code, f"{command}\n{out.text()}\n{err.text()}")
        return out.text(), err.text()

    def log_in(self):
        return self.type("batchctl auth login --client-file ~/Downloads/client_secret_123.json")

    def type_all(self, lines):
        """The id of the folder that one of them makes takes the example's place."""
        folder, said = "", []
        for line in lines:
            said.append(self.type(line.replace(FOLDER, f"drive:{folder}")))
            if "mimeType" in line:
                folder = json.loads(said[-1][0])["id"]
        self.assertTrue(folder)
        self.assertEqual({tuple(file.parents) for file in self.drive.files()}, {(folder,)})
        self.assertIn("Ada Lovelace.pdf", {file.name for file in self.drive.files()})
        return said


class TheWay(Person):
    def test_from_the_client_to_the_first_file(self):
        text = page("batchctl-auth-login.1.adoc")
        lines = commands(text)
        self.assertEqual(len(lines), 7)
        said = self.type_all(lines)
        shown = re.search(r"^\.{4}\n(Opening.*?)^\.{4}\n", text, re.S | re.M).group(1).splitlines()
        seen = said[1][1].splitlines()
        self.assertEqual(len(shown), len(seen))
        for expected, line in zip(shown, seen, strict=True):
            if not expected.startswith("https:"):
                line = line.replace(provider.issuer.removeprefix("http://"), "Google")
                self.assertEqual(line, expected.replace("key in the Secret Service", "key on disk"))

    def test_readme(self):
        lines = [line for block in sections(os.path.join(SOURCE, "README.md"))["Deliver to Google Drive"]
                 for line in block.splitlines() if re.match("[a-z{]", line)]
        self.assertEqual(len(lines), 4)
        self.type_all(lines)

    def test_a_folder_that_was_made_by_hand(self):
        self.log_in()
        folder = self.drive.folder(owner=ADA)
        run = f"batchctl run people.csv -t card.html -d drive:{folder} -o '{{name}}'"
        self.assertIn("is the id right? with drive.file only folders are seen that were made by this client", self.type(run, 8)[1])
        self.type("batchctl auth login --profile drive")
        self.type(run)

    def test_the_help_of_login_names_it(self):
        self.assertIn("\nsee batchctl-auth-login(1), batchctl-auth(1)\n", self.ctl("auth", "login", "--help").out)


class Commands(Person):
    def test_examples(self):
        self.log_in()
        provider.service_account_file(self.path("robot-5f2c.json"))
        lines = commands(page("batchctl-auth.1.adoc"))
        self.assertEqual(len(lines), 4)
        said = {line: self.type(line)[0] for line in lines}
        self.assertIn(ADA, next(out for line, out in said.items() if "about" in line))

    def told(self, *words, code):
        return self.ctl("auth", "status", "--json", *words, code=code).lines()[0]["state"]

    def test_states(self):
        self.log_in()
        file = self.path(f".local/state/batch/credentials/{ADA}.json")
        self.assertEqual(self.told(code=0), "ok")
        provider.fault("/token", html=True)
        self.assertEqual(self.told(code=0), "ok")
        self.assertEqual(self.told("--check", code=5), "unreachable")
        os.chmod(file, 0o640)
        self.assertEqual(self.told(code=4), "insecure")
        os.chmod(file, 0o600)
        provider.revoke("alice")
        self.assertEqual(self.told(code=0), "ok")
        self.assertEqual(self.told("--check", code=4), "needs_login")
        self.assertEqual(self.told(code=4), "needs_login")
        with open(file, "w", encoding="utf-8") as record:
            record.write("{")
        self.assertEqual(self.told(code=4), "broken")
        self.log_in()
        self.assertTrue(os.path.exists(file + ".corrupt"))

    def test_fields(self):
        """Those of the section JSON are all there are."""
        self.log_in()
        text = re.search(r"^== JSON\n(.*?)^== ", page("batchctl-auth.1.adoc"), re.S | re.M).group(1)
        login, others = text.strip().split("\n\n")
        status = self.ctl("auth", "status", "--json").lines()[0]
        self.assertEqual(set(re.findall(r"\*([a-z_]+)\*", login)) - {"login", "service_account", "file", "status", "list"},
                         set(status) - {"v"})
        for command, fields in re.findall(r"\*([a-z]+)\* is (.*?)(?:;|\.$)", others, re.S):
            shown = self.ctl("auth", command, "--json", "--yes").lines()[0]
            self.assertEqual(set(re.findall(r"\*([a-z_]+)\*", fields)), set(shown) - {"v"}, command)


class Keys(Person):
    """Where a login's key is, and that it stays there."""

    def setUp(self):
        super().setUp()
        self.tool("secret-tool", KEYRING)

    def key(self):
        return self.ctl("auth", "status", "--json").lines()[0]["key"]

    def test_of_the_keyring(self):
        self.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nowhere"
        self.assertIn("key in the Secret Service", self.log_in()[1])
        self.ctl("auth", "refresh")
        self.assertEqual(self.key(), "secret-service")
        del self.env["DBUS_SESSION_BUS_ADDRESS"]  # as in cron
        self.assertIn("the key in the Secret Service cannot be had here", self.ctl("auth", "token", code=4).err)

    def test_of_a_keyring_that_is_closed_pauses_the_batch(self):
        self.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nowhere"
        self.type("batchctl auth login --profile drive --client-file ~/Downloads/client_secret_123.json")
        folder = self.drive.folder(owner=ADA)
        run = f"batchctl run people.csv -t card.html -d drive:{folder} -o '{{name}}'"
        del self.env["DBUS_SESSION_BUS_ADDRESS"]
        self.assertIn('log in again with auth.key = "file"; then: batchctl resume', self.type(run, 8)[1])
        items = self.ctl("items", "@last", "--json").lines()
        self.assertEqual({(item["status"], item["attempts"]) for item in items}, {("pending", 0)})

    def test_of_a_file_stays_there_though_there_is_a_keyring(self):
        self.write(".config/batch/config.toml", 'auth.key = "file"\n')
        self.log_in()
        os.unlink(self.path(".config/batch/config.toml"))
        self.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nowhere"
        self.ctl("auth", "refresh")
        self.assertEqual(self.key(), "file")
        self.log_in()
        self.assertEqual(self.key(), "secret-service")

    def test_of_a_service(self):
        self.write("given/batch-key", "k" * 32)
        self.env["CREDENTIALS_DIRECTORY"] = self.path("given")
        self.assertIn("key in $CREDENTIALS_DIRECTORY", self.log_in()[1])
        self.assertFalse(os.path.exists(self.path(".local/state/batch/credentials/key")))


class Clients(Person):
    def test_a_second_login_takes_that_of_the_current_one(self):
        self.log_in()
        self.type("batchctl auth login --account work")
        os.unlink(self.path(f".local/state/batch/credentials/{ADA}.json"))
        self.type("batchctl auth login --account work")


if __name__ == "__main__":
    unittest.main()
