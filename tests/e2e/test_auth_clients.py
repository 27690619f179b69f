#!/usr/bin/python3
"""Providers, clients and words with which no login begins: it is said before a browser opens."""

import json
import os
import unittest

from login_house import LoginHouse

GOOGLE = "https://accounts.google.com"
DISCOVERY = "/.well-known/openid-configuration"


class Refusals(LoginHouse):
    def test_s12_addresses_where_secrets_can_be_read(self):
        for issuer in ("http://accounts.example.test", "http://127.0.0.1.example.test", "ftp://127.0.0.1", "nonsense",
                       "http://127.0.0.1@example.test", "file:///etc/passwd"):
            with self.subTest(issuer=issuer):
                said = self.refused(2, env={"BATCH_AUTH_ISSUER": issuer})
                self.assertRegex(said, r"(?s)^batchctl: error: .*https://")
        for name in ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "userinfo_endpoint",
                     "device_authorization_endpoint", "jwks_uri"):
            for url in ("http://example.test/x", "file:///etc/passwd", "javascript:alert(1)", "no url"):
                with self.subTest(name=name, url=url):
                    self.provider.fault(DISCOVERY, patch={name: url})
                    self.assertIn(name, self.refused(2))

    def test_s13_documents_of_discovery(self):
        other = json.dumps({"issuer": "https://other.example.test"})
        bare = json.dumps({"issuer": self.provider.issuer, "authorization_endpoint": self.provider.issuer + "/a"})
        here = f"{self.provider.issuer} is no OpenID provider: "
        for code, says, fault in (
            (2, here + "its discovery document names another issuer", {"body": other}),
            (2, here + "its discovery document names another issuer", {"patch": {"issuer": self.provider.issuer + "/"}}),
            (2, here + "its discovery document names another issuer", {"body": "[]"}),
            (2, here + "its discovery document lacks an endpoint", {"body": bare}),
            (2, here + "its discovery document is not there (HTTP 302)", {"redirect": self.provider.issuer + DISCOVERY}),
            (2, here + "its discovery document is not there (HTTP 404)", {"status": 404}),
            (2, here, {"html": True}),
            (2, here, {"body": "{"}),
            (5, "is in trouble (HTTP 503)", {"status": 503}),
            (5, "sent more than 1048576 bytes", {"huge": 1024}),
            (5, "sent more than 1048576 bytes", {"endless": True}),
            (5, "broke off", {"drop": True}),
        ):
            with self.subTest(fault=fault):
                self.provider.fault(DISCOVERY, **fault)
                self.assertIn(says, self.refused(code))
                self.provider.clear_faults()
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            self.provider.fault(DISCOVERY, patch={name: None})
            self.assertIn("lacks an endpoint", self.refused(2))

    def test_s13_google_needs_none(self):
        self.assertTrue(self.login(env={"BATCH_AUTH_ISSUER": GOOGLE}).url.startswith(GOOGLE + "/o/oauth2/v2/auth?"))

    def test_s13_the_provider_is_away(self):
        self.provider.go_away()
        self.addCleanup(self.provider.come_back)
        self.assertIn(f"{self.provider.issuer[7:]} cannot be reached", self.refused(5))

    def client(self, content, mode=0o600):
        path = self.write("client.json", content if isinstance(content, str) else json.dumps(content))
        os.chmod(path, mode)
        return path

    def refused_client(self, path, code=2):
        said = self.refused(code, "--client-file", path, client_file=False)
        self.assertNotIn("secret-", said)
        return said

    def test_s14_what_is_no_client_file(self):
        fields = {"client_id": "x.apps", "client_secret": "secret-of-x"}
        for says, content in (
            ("is for a web server, not for a program on a computer", {"web": fields}),
            ("is a key of a service account or a login, not of a client", {"type": "service_account"}),
            ("is a key of a service account or a login, not of a client", {"type": "authorized_user"}),
            ("is no client file of Google's", {"installed": [fields]}),
            ("is no client file of Google's", {}),
            ("is no client file of Google's", []),
            ('there is no "client_id"', {"installed": {"client_secret": "secret-of-x"}}),
            ('"client_id" is no text', {"installed": {"client_id": 7}}),
            ("client.json", ""),
            ("client.json", "<html>"),
            ("is too large: 10 MiB", " " * (10 << 20)),
        ):
            with self.subTest(says=says):
                said = self.refused_client(self.client(content))
                self.assertIn(says, said)
                self.assertIn(self.path("client.json") if "client.json" not in says else "client.json", said)

    def test_s14_what_is_no_file(self):
        os.mkfifo(self.path("pipe"))
        os.mkdir(self.path("folder"))
        os.symlink("/dev/zero", self.path("zeros"))
        for name in ("pipe", "folder", "zeros"):
            self.assertIn(f"{self.path(name)} is no file", self.refused_client(self.path(name)))
        os.symlink("nowhere", self.path("dangling"))
        self.assertIn(f"there is no file {self.path('dangling')}", self.refused_client(self.path("dangling"), 3))
        os.symlink("round", self.path("round"))
        self.assertIn(self.path("round"), self.refused_client(self.path("round"), None))

    def test_s14_what_is_one_all_the_same(self):
        with open(self.client_file, encoding="utf-8") as file:
            text = file.read()
        os.symlink(self.client("\ufeff" + text), self.path("link"))
        login = self.login("--client-file", self.path("link"), client_file=False)
        login.finish()
        self.assertNotIn("warning", login.text)

    def test_s14_one_that_others_may_read(self):
        for mode in (0o640, 0o604):
            os.chmod(self.client_file, mode)
            login = self.login()
            login.wait_for("Opening your browser")
            self.assertTrue(login.text.startswith(f"batchctl: warning: others may read {self.client_file}\n"
                                                  f"hint: take that away: chmod 600 {self.client_file}\n"), login.text)

    def test_s14_one_without_its_secret(self):
        """A public client of another provider has none; Google wants it."""
        login = self.login("--client-file", self.provider.client_file(self.path("bare"), client_secret=None),
                           client_file=False)
        done = login.finish(2)
        self.assertIn("The login did not succeed", done.page.body)
        self.assertIn(f"batchctl: error: {self.provider.issuer[7:]} wants the client's secret, and there is none\n"
                      "hint: the client file has it as \"client_secret\": man batchctl-auth-login\n",
                      done.err)
        self.assertNothingStored()
        self.login("--client-file", self.provider.client_file(self.path("public"), kind="public"),
                   client_file=False).finish()
        self.assertLoggedIn()

    def test_s15_odd_letters(self):
        for odd in ("x\ny", 'x"y', "x\0y", "x y", "é", "x\u202ey", "x" * 600, "x\\y"):
            with self.subTest(odd=odd):
                said = self.refused_client(self.client({"installed": {"client_id": odd, "client_secret": "s"}}))
                self.assertIn('"client_id" is no text of letters, digits and signs', said)
        for odd in ("x\ny", 'x"y', "x y", "é", "x\\y", ""):
            with self.subTest(scope=odd):
                self.assertIn("is no scope", self.refused(2, "--scope", odd))
        for odd in ("a\nb@example.test", "a b@example.test", "é@example.test"):
            self.assertIn("--login-hint is no email", self.refused(2, "--login-hint", odd))
        for odd in ("../x", "a/b", "a\nb", ".", ".hidden"):
            self.assertIn("is no name for a login", self.refused(2, "--account", odd))

    def test_s16_in_the_home_of_somebody_else(self):
        if os.geteuid() == 0:
            os.chown(self.root, 65534, 65534)  # as sudo leaves it
        else:
            self.env["HOME"] = "/"
        said = self.refused(4)
        self.assertRegex(said, r"^batchctl: error: \S+ belongs to somebody else than \S+, who runs this: the login would be "
                               r"of use to neither\nhint: without sudo: batchctl auth login\n$")
        self.assertEqual(self.files(), {})


if __name__ == "__main__":
    unittest.main()
