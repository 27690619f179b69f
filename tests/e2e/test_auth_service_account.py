#!/usr/bin/python3
"""Service accounts: keys that are taken, keys that are not, and files that would run something: oauth-P20, P21."""

import json
import os
import unittest

from auth_house import DRIVE, AuthHouse

from certificates import openssl
from oidc import ROBOT
from oidc_client import claims_of

OTHERS = {
    "authorized_user": {"client_id": "c", "client_secret": "s", "refresh_token": "1//0canary", "type": "authorized_user"},
    "external_account": {
        "type": "external_account", "audience": "a", "subject_token_type": "t", "token_url": "http://127.0.0.1:1/token",
        "credential_source": {"executable": {"command": "touch RAN", "timeout_millis": 5000, "output_file": "RAN"}}},
    "impersonated_service_account": {
        "type": "impersonated_service_account", "service_account_impersonation_url": "http://127.0.0.1:1/x",
        "source_credentials": {"type": "authorized_user", "refresh_token": "1//0canary"}},
    "external_account_authorized_user": {"type": "external_account_authorized_user", "token_url": "http://127.0.0.1:1/"},
    "gdch_service_account": {"type": "gdch_service_account", "token_uri": "http://127.0.0.1:1/"},
}


class Keys(AuthHouse):
    def key(self, **changes):
        return self.provider.service_account_file(self.path("key.json"), **changes)

    def add(self, *words, code=0, **changes):
        return self.ctl("auth", "service-account", "add", self.key(**changes), *words, code=code)

    def assertion(self):
        return claims_of(self.provider.secrets()["assertion"][-1])

    def test_p20_a_good_one(self):
        done = self.add()
        self.assertRegex(done.err, rf"Stored {ROBOT} in ~/\.local/state/batch/credentials/.*\.json \(0600, encrypted, key on disk\)")
        token = self.token()
        self.assertTrue(self.provider.look_up(token.out.strip())["active"])
        self.assertEqual(self.token().out, token.out)  # kept as long as it is good
        self.assertEqual(self.provider.count("/token"), 1)
        claims = self.assertion()
        self.assertEqual((claims["iss"], claims["aud"], claims["scope"]), (ROBOT, self.provider.issuer + "/token", DRIVE + "drive"))
        self.assertEqual(claims["exp"] - claims["iat"], 3600)
        self.assertNotIn("sub", claims)
        self.assertEqual(self.status(account=ROBOT)["kind"], "service_account")
        self.assertNowhere(["PRIVATE KEY"], self.path("key.json"))

    def test_p20_scopes(self):
        self.add("--scope", "drive.file", "--scope", "documents")
        self.token()
        self.assertEqual(self.assertion()["scope"].split(), [DRIVE + "drive.file", DRIVE + "documents"])

    def test_p20_on_behalf_of_somebody(self):
        self.add("--on-behalf-of", "alice@example.test", subjects=["alice@example.test"])
        self.assertEqual(self.provider.look_up(self.token().out.strip())["email"], "alice@example.test")
        self.assertEqual(self.assertion()["sub"], "alice@example.test")
        self.add("--on-behalf-of", "bob@example.test", subjects=["alice@example.test"])
        self.assertSays(self.token(code=2), r".* does not accept our client \(unauthorized_client\)")

    def test_p20_keys_that_are_none(self):
        def made(*words):
            return openssl("genpkey", *words)

        small = made("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024")
        good = json.load(open(self.key(), encoding="utf-8"))["private_key"]
        locked = openssl("pkey", "-aes128", "-passout", "pass:canary", stdin=good)
        for what, pem in {
            "EC": made("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1"), "1024 bits": small, "locked": locked,
            "cut": good[:200], "no PEM": "canary", "empty": "", "public": openssl("pkey", "-pubout", stdin=good), "none": None,
        }.items():
            with self.subTest(what):
                done = self.add(code=2, private_key=pem)
                self.assertSays(done, r".*/key\.json: its \"private_key\" is no (private key in PEM form without a passphrase|"
                                      r"RSA key of 2,048 bits or more)")
                self.assertNotIn("canary", done.err)
                self.assertNoLogin()

    def test_p20_one_that_others_may_read(self):
        path = self.key()
        os.chmod(path, 0o644)
        done = self.ctl("auth", "service-account", "add", path)
        self.assertIn(f"batchctl: warning: others may read {path}\nhint: take that away: chmod 600 ", done.err)

    def test_p20_an_address_that_is_not_the_providers(self):
        """Who gets the assertion can use it."""
        for uri in ("https://evil.example.test/token", "http://oauth2.googleapis.com/token", self.provider.issuer + "/token2",
                    "https://oauth2.googleapis.com/token/../x", "", None, "file:///etc/passwd"):
            with self.subTest(uri=uri):
                self.assertSays(self.add(code=2, token_uri=uri), ".*: its \"token_uri\" is not Google's: .*")
                self.assertNoLogin()
        self.assertEqual(self.provider.count("/token2"), 0)

    def test_p20_a_key_that_is_no_longer_known(self):
        self.add()
        self.provider.service_account_file(self.path("other.json"), key="another")
        done = self.token(code=4)
        self.assertSays(done, rf"127\.0\.0\.1:\d+ does not accept the key of {ROBOT} \(invalid_grant\)")
        self.assertSilent(done.err)

    def test_p20_is_removed(self):
        self.add()
        self.ctl("auth", "service-account", "remove", ROBOT)
        self.assertNoLogin()
        self.token(code=4)
        self.ctl("auth", "service-account", "remove", ROBOT, code=3)

    def test_p20_files_that_are_no_keys(self):
        for text in ("", "{", "[]", "7", "{}", '{"type":7}', "canary", "{" * 60_000, "\0" * 100, '{"type":"service_account"}'):
            with self.subTest(text=text[:30]):
                path = self.write("key.json", text)
                self.assertNotIn("canary", self.ctl("auth", "service-account", "add", path, code=2).err)
        os.mkfifo(self.path("pipe"))
        self.ctl("auth", "service-account", "add", self.path("pipe"), code=2)
        self.ctl("auth", "service-account", "add", self.path("none"), code=3)
        self.write("large", " " * 100_000)
        self.ctl("auth", "service-account", "add", self.path("large"), code=2)

    def test_p21_other_kinds_are_named_and_never_used(self):
        for kind, fields in OTHERS.items():
            path = self.write("other.json", json.dumps(fields))
            said = "is a login of gcloud, not a service account" if kind == "authorized_user" else (
                f"is of the type {kind}, which can run commands and ask other servers; it is not used")
            with self.subTest(kind):
                done = self.ctl("auth", "service-account", "add", path, code=2)
                self.assertSays(done, f".*/other\\.json: {said}")
                done = self.token(code=2, env={"GOOGLE_APPLICATION_CREDENTIALS": path})
                self.assertSays(done, f".*/other\\.json: {said}")
                self.assertNotIn("canary", done.err)
        self.assertFalse(os.path.exists(self.path("RAN")))

    def test_p21_a_key_of_the_environment_goes_to_google_alone(self):
        done = self.token(code=2, env={"GOOGLE_APPLICATION_CREDENTIALS": self.key()})
        self.assertSays(done, ".*/key\\.json: its \"token_uri\" is not Google's: .*")
        self.assertEqual(self.provider.count("/token"), 0)

    def test_p21_a_login_comes_before_the_environment(self):
        self.have_login()
        done = self.token("--json", env={"GOOGLE_APPLICATION_CREDENTIALS": self.path("none")})
        self.assertEqual(done.lines()[0]["account"], "alice@example.test")

    def test_p20_is_removed_in_json(self):
        self.add()
        done = self.ctl("auth", "service-account", "remove", ROBOT, "--json")
        self.assertEqual(done.lines(), [{"v": 1, "account": ROBOT}])
        self.assertNoLogin()


if __name__ == "__main__":
    unittest.main()
