#!/usr/bin/python3
"""What the specification shows of logins is what the programs say."""

import datetime
import getpass
import json
import os
import re
import socket
import textwrap
import unittest

from house import BUILD
from login_house import LoginHouse, Person
from terminal import on_terminal

from drive import Drive

ADA = "ada@example.org"
GOOGLE = "https://accounts.google.com"


class Story(LoginHouse):
    """Google is the provider of the tests, and Ada is Alice there."""

    def setUp(self):
        super().setUp()
        self.provider.user("alice", email=ADA)
        os.mkdir(self.path("Downloads"))
        self.client_file = self.provider.client_file(self.path("Downloads/client_secret_123.json"))

    def assertSays(self, said, wanted):
        """All of it, as it is with Google, on Ada's computer."""
        said = said.replace(self.provider.issuer[7:], "Google").replace(self.root, "/home/ada")
        said = re.sub(r"^http://Google/o/oauth2/v2/auth\?client_id=\S+$", GOOGLE + "/o/oauth2/v2/auth?client_id=…", said,
                      flags=re.MULTILINE)
        said = re.sub(r"-L (\d+):127\.0\.0\.1:\1 ", "-L 41873:127.0.0.1:41873 ", said)
        said = said.replace(f" {getpass.getuser()}@{socket.gethostname()}\n", " ada@db1\n")
        said = said.replace("logging out ends the login at the provider, too",
                            "logging out ends every login to this Google project, on other machines too")
        said = said.replace("encrypted, key on disk)", "encrypted, key in the Secret Service)")
        self.assertEqual(said, textwrap.dedent(wanted).removeprefix("\n"))

    def test_on_a_laptop(self):
        self.assertSays(self.login().finish().err, """
            Opening your browser. If it does not open, go to this address (valid for 5m):
            https://accounts.google.com/o/oauth2/v2/auth?client_id=…
            Logged in to Google as ada@example.org, who lets batchctl create files in Drive and change those (drive.file)
            Stored in ~/.local/state/batch/credentials/ada@example.org.json (0600, encrypted, key in the Secret Service)
            """)

    def test_over_ssh(self):
        """The client is that of the login before; the address of the page that fails is pasted."""
        self.login().finish()
        self.wait_until(lambda: os.path.exists(self.path("opened")))  # xdg-open is not waited for
        os.unlink(self.path("opened"))
        login = self.login(client_file=False, env={"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"})
        login.wait_for("fails to load: $")
        start = """
            This is a remote shell, so no browser opens here. Run this on your own computer, then open the address there:
                ssh -N -L 41873:127.0.0.1:41873 ada@db1
            https://accounts.google.com/o/oauth2/v2/auth?client_id=…
            Or open it anywhere, and paste the address of the page that then fails to load: """
        self.assertSays(login.text, start)
        login.type(login.redirect() + "\n")
        self.assertSays(login.end().err, start + """
            Logged in to Google as ada@example.org, who lets batchctl create files in Drive and change those (drive.file)
            Stored in ~/.local/state/batch/credentials/ada@example.org.json (0600, encrypted, key in the Secret Service)
            """)
        self.assertNotOpened()

    def failed(self, code, person=None, login=None):
        """What was said behind the address; the client is known already."""
        self.env["BATCH_AUTH_CLIENT_FILE"] = self.client_file
        login = login or self.login(client_file=False)
        done = login.finish(code, person) if person else login.end(code)
        return done.err.split("\n", 2)[2]

    def test_cancel_in_the_browser(self):
        self.assertSays(self.failed(4, Person(deny="consent")), """
            batchctl: error: Google says access was denied: you or your organisation did not agree; nothing was changed
            hint: again, and choose Continue: batchctl auth login
            """)

    def test_a_box_left_unticked(self):
        person = Person(untick=["https://www.googleapis.com/auth/drive.file"])
        self.assertSays(self.failed(4, person), """
            batchctl: error: ada@example.org did not tick the box for Drive (drive.file); nothing was stored
            hint: again, and tick it: batchctl auth login
            """)

    def test_without_a_person(self):
        self.assertSays(self.ctl("auth", "login", code=4).err, """
            batchctl: error: a login needs a person at a terminal, and there is none
            hint: log in once by hand, use a service account or BATCH_ACCESS_TOKEN_FILE: man batchctl-auth-login
            """)

    def test_nobody_came_back(self):
        self.env["BATCH_AUTH_CLIENT_FILE"] = self.client_file
        login = self.sleeper(client_file=False)
        self.assertTrue(login.is_waiting())
        self.sleep(300)
        login.nudge()
        self.assertSays(self.failed(8, login=login), """
            batchctl: error: the browser did not come back within 5m; the address is no longer valid
            hint: start again: batchctl auth login --timeout 15m
            """)

    def test_never_logged_in(self):
        self.write("people.csv", "name\nAda\n")
        self.write("card.html", "{{ name }}")
        said = self.ctl("submit", "people.csv", "-t", "card.html", "--to", "pdf", "-d", "drive:1AbC", code=4)
        self.assertSays(said.err, """
            batchctl: error: delivering to Drive needs a Google login, and there is none; nothing was stored
            hint: log in: batchctl auth login
            """)

    def test_offline(self):
        self.login().finish()
        self.provider.go_away()
        self.addCleanup(self.provider.come_back)
        said = self.ctl("auth", "logout", "--yes", code=1).err
        self.assertSays(said, """
            batchctl: warning: logging out ends every login to this Google project, on other machines too
            batchctl: error: removed here, but Google could not be reached: the login is still valid there
            hint: end it yourself, in your account there
            """)  # the address is Google's own
        self.assertEqual(self.accounts(), [])

    def test_the_login_goes_away_in_the_middle(self):
        with Drive(accepts=self.who) as drive:
            self.env["BATCH_DRIVE_URL"] = drive.url
            self.login().finish()
            self.provider.revoke("alice")
            self.rows(3, "people.csv")
            words = ["people.csv", "-d", "drive:" + drive.folder(owner=ADA, app="the app"), "-o", "{id}"]
            batch = self.ctl("submit", *words, "--", "sh", "-c", 'echo x >"$1/it.txt"', "sh", "{@out}").id
            self.ctl("wait", "--start", batch, code=4)
            self.is_googles(7)
            short = batch[-8:]
            self.assertSays(self.ctl("wait", "--start", batch, code=4).err, f"""
                batchctl: error: {short} (people.csv) is paused: Google no longer accepts the login of ada@example.org; 0 of 3 items are done, no try of the others was used up
                hint: log in again, the batch goes on by itself: batchctl auth login --account ada@example.org
                  It was given 7 days ago: Google ends logins after 7 days while the app's consent screen is in "Testing"
                """)
            granted, ended = (self.about()[name][:10] for name in ("granted_at", "ended_at"))
            code, out, err = on_terminal([os.path.join(BUILD, "batchctl"), "auth", "status"], cwd=self.root, env=self.env)
            self.assertEqual(code, 4)
            self.assertSays(out.text(), f"""
                ACCOUNT          STATE        GRANTED     ENDED       SCOPES      WAITING
                ada@example.org  needs_login  {granted}  {ended}  drive.file  1 batch
                """)
            self.assertSays(err.text(), """
                hint: log in again: batchctl auth login --account ada@example.org
                """)

    def who(self, token):
        known = self.provider.look_up(token)
        return (known["email"], known["scope"]) if known["active"] else None

    def about(self):
        return self.ctl("auth", "status", "--json", code=4).lines()[0]

    def is_googles(self, days):
        """The login was given so long ago, and by Google: nothing else is known to end them after a week."""
        path = os.path.join(self.credentials, ADA + ".json")
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        text = json.dumps(record)
        granted = self.about()["granted_at"]
        earlier = datetime.datetime.fromisoformat(granted) - datetime.timedelta(days=days)
        text = text.replace(self.provider.issuer, GOOGLE).replace(granted, earlier.isoformat()[:23] + "Z")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    unittest.main()
