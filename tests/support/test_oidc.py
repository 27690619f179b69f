#!/usr/bin/python3
"""The provider of the tests: it does what Google does, and refuses what Google refuses."""

import base64
import json
import os
import tempfile
import time
import unittest

import certificates
from oidc import CLIENTS, ROBOT, Provider
from oidc_client import DOCUMENTS, DRIVE, Client, Loopback, claims_of, is_genuine, parameters
from person import Person

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
EMAIL = "https://www.googleapis.com/auth/userinfo.email"
PROFILE = "https://www.googleapis.com/auth/userinfo.profile"


provider = None


def setUpModule():
    global provider
    provider = Provider().start()
    unittest.addModuleCleanup(provider.stop)


class AProvider(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.provider = provider
        self.provider.reset()
        self.client = Client(self.provider)

    def loopback(self, host="127.0.0.1"):
        listener = Loopback(host)
        self.addCleanup(listener.close)
        self.client.redirect_uri = listener.url
        return listener

    def check_refused(self, answer, status, error, **more):
        self.assertEqual(answer[0], status, answer)
        self.assertEqual({"error": error, **more}, {name: answer[1].get(name) for name in ("error", *more)})


class Login(AProvider):
    def test_a_person_logs_in_and_comes_back(self):
        for host in ("127.0.0.1", "::1"):
            with self.subTest(host):
                listener = self.loopback(host)
                page = Person("alice").login(self.client.authorization_url())
                self.assertEqual((page.status, page.body), (200, Loopback.PAGE.decode()))
                back = parameters(page.url)
                self.assertEqual((back["state"], back["iss"]), ("the-state", self.provider.issuer))
                self.assertEqual(len(listener.paths), 1)
                status, tokens = self.client.exchange(page.url)
                self.assertEqual(status, 200)
                self.assertEqual(tokens["scope"].split(), ["openid", EMAIL, PROFILE, DRIVE, DOCUMENTS])
                self.assertEqual((tokens["token_type"], tokens["expires_in"]), ("Bearer", 3599))
                self.assertRegex(tokens["access_token"], r"^ya29\.")
                self.assertRegex(tokens["refresh_token"], r"^1//0")

    def test_the_id_token_says_who_it_was(self):
        token = self.client.login(Person("bob"))["id_token"]
        self.assertTrue(is_genuine(token, self.client.get("/oauth2/v3/certs")[1]))
        claims = claims_of(token)
        about = {name: claims[name] for name in ("iss", "aud", "nonce", "email", "name", "picture")}
        self.assertEqual(about, {
            "iss": self.provider.issuer, "aud": self.client.id, "nonce": "the-nonce", "email": "bob@example.test",
            "name": "Bob Brown", "picture": "https://pictures.example.test/bob.png",
        })
        token = self.client.login(Person("bob"), scope=f"openid {EMAIL}")["id_token"]
        self.assertEqual((claims_of(token)["email"], claims_of(token).get("name")), ("bob@example.test", None))
        self.assertLess(abs(claims["exp"] - 3600 - time.time()), 60)

    def test_userinfo_has_the_same_sub(self):
        tokens = self.client.login()
        status, info = self.client.get("/v1/userinfo", tokens["access_token"])
        self.assertEqual((status, info["sub"]), (200, claims_of(tokens["id_token"])["sub"]))
        self.assertEqual(info["email"], "alice@example.test")
        self.assertEqual(self.client.get("/v1/userinfo", "ya29.unknown")[0], 401)

    def test_google_s_paths_are_discovered(self):
        status, found = self.client.get("/.well-known/openid-configuration")
        self.assertEqual((status, found["issuer"]), (200, self.provider.issuer))
        paths = {"authorization": "/o/oauth2/v2/auth", "token": "/token", "revocation": "/revoke",
                 "userinfo": "/v1/userinfo", "device_authorization": "/device/code"}
        for name, path in paths.items():
            self.assertEqual(found[f"{name}_endpoint"], self.provider.issuer + path)
        self.assertEqual(found["jwks_uri"], self.provider.issuer + "/oauth2/v3/certs")

    def test_who_clicks_cancel_comes_back_with_an_error(self):
        for page in ("login", "consent"):
            back = parameters(Person(deny=page).authorize(self.client.authorization_url()))
            self.assertEqual((back["error"], back["state"]), ("access_denied", "the-state"))
            self.assertNotIn("code", back)
        self.assertEqual(self.provider.count("/token"), 0)

    def test_a_scope_may_be_unticked(self):
        tokens = self.client.login(Person(untick=[DRIVE]))
        self.assertEqual(tokens["scope"].split(), ["openid", EMAIL, PROFILE, DOCUMENTS])
        found = self.provider.look_up(tokens["access_token"])
        self.assertEqual((found["active"], found["email"]), (True, "alice@example.test"))
        self.assertNotIn(DRIVE, found["scope"].split())

    def test_the_account_may_be_another_than_hinted_at(self):
        token = self.client.login(Person("bob"), login_hint="alice@example.test")["id_token"]
        self.assertEqual(claims_of(token)["email"], "bob@example.test")

    def test_a_browser_that_was_there_comes_back_at_once(self):
        person = Person()
        self.client.login(person)
        self.provider.forget_requests()
        self.client.login(person, prompt=None)
        self.assertEqual([each["path"] for each in self.provider.requests()], ["/o/oauth2/v2/auth", "/token"])

    def test_the_same_browser_can_be_of_two_people(self):
        person = Person("alice")
        hers = self.client.login(person)
        person.name = "bob"
        self.assertEqual(claims_of(self.client.login(person)["id_token"])["name"], "Alice Adams")
        his = self.client.login(person, prompt="select_account consent")
        self.assertEqual(claims_of(his["id_token"])["name"], "Bob Brown")
        self.assertEqual(self.client.refresh(hers["refresh_token"])[0], 200)

    def test_what_comes_back_can_be_changed(self):
        twice = ["https://a.test", "https://b.test"]
        self.provider.configure(callback={"iss": twice, "code": None, "error": "org_internal"})
        url = Person().authorize(self.client.authorization_url())
        self.assertIn("error=org_internal", url)
        self.assertIn("iss=https%3A%2F%2Fa.test&iss=https%3A%2F%2Fb.test", url)
        self.assertNotIn("code=", url)

    def test_what_google_refuses_is_refused(self):
        url = self.client.authorization_url
        for changes in ({"code_challenge": None, "code_challenge_method": None}, {"code_challenge_method": "plain"}):
            self.assertEqual(parameters(Person().authorize(url(**changes)))["error"], "invalid_request")
        for uri in ("http://127.0.0.1:9/other", "http://127.0.0.2:9/callback", "https://evil.example.test/callback"):
            self.assertEqual(Person().get(url(redirect_uri=uri)).status, 400)

    def test_a_code_is_for_who_asked_for_it_and_only_once(self):
        back = Person().authorize(self.client.authorization_url())
        self.check_refused(self.client.exchange(back, code_verifier="x" * 43), 400, "invalid_grant")
        elsewhere = self.client.redirect_uri.replace(":9/", ":10/")
        self.check_refused(self.client.exchange(back, redirect_uri=elsewhere), 400, "invalid_grant")
        self.check_refused(self.client.exchange(back, client_secret="wrong"), 401, "invalid_client")
        self.check_refused(self.client.exchange(back, client_secret=None), 400, "invalid_request",
                           error_description="client_secret is missing.")
        status, tokens = self.client.exchange(back)
        self.assertEqual(status, 200)
        self.check_refused(self.client.exchange(back), 400, "invalid_grant")
        self.assertEqual(self.client.get("/v1/userinfo", tokens["access_token"])[0], 401)

    def test_a_public_client_has_no_secret(self):
        tokens = Client(self.provider, "public").login()
        self.assertIn("refresh_token", tokens)

    def test_who_is_gone_cannot_log_in(self):
        self.provider.user("carol", gone=True)
        with self.assertRaisesRegex(AssertionError, "find your account"):
            Person("carol").authorize(self.client.authorization_url())

    def test_with_tls(self):
        ca = certificates.authority().cert
        with Provider(certificate=certificates.server()) as other:
            tokens = Client(other, ca=ca).login(Person(ca=ca))
            self.assertEqual(claims_of(tokens["id_token"])["iss"], other.issuer)
            self.assertRegex(other.issuer, "^https://")


class Tokens(AProvider):
    def test_google_s_refresh_leaves_the_token_as_it_is(self):
        first = self.client.login()
        for _ in range(2):
            status, second = self.client.refresh(first["refresh_token"])
            self.assertEqual(status, 200)
            self.assertNotIn("refresh_token", second)
            self.assertNotEqual(first["access_token"], second["access_token"])

    def test_a_refresh_may_tell_the_same_token(self):
        self.provider.configure(omit_refresh_token=False)
        token = self.client.login()["refresh_token"]
        self.assertEqual(self.client.refresh(token)[1]["refresh_token"], token)

    def test_rotation_and_what_comes_of_using_the_old_one(self):
        self.provider.configure(rotate=True)
        first = self.client.login()
        status, second = self.client.refresh(first["refresh_token"])
        self.assertEqual(status, 200)
        self.assertNotEqual(second["refresh_token"], first["refresh_token"])
        self.check_refused(self.client.refresh(first["refresh_token"]), 400, "invalid_grant")
        self.check_refused(self.client.refresh(second["refresh_token"]), 400, "invalid_grant")
        self.assertFalse(self.provider.look_up(second["access_token"])["active"])

    def test_short_lives(self):
        self.provider.configure(access_token_seconds=1, refresh_token_expires_in=604799)
        tokens = self.client.login()
        self.assertEqual((tokens["expires_in"], tokens["refresh_token_expires_in"]), (1, 604799))
        self.provider.configure(access_token_seconds=-1)
        token = self.client.refresh(tokens["refresh_token"])[1]["access_token"]
        self.assertEqual(self.client.get("/v1/userinfo", token)[0], 401)
        self.assertFalse(self.provider.look_up(token)["active"])

    def test_a_token_alone_revokes_all_of_the_account(self):
        mine, also_mine, other = self.client.login(), self.client.login(), self.client.login(Person("bob"))
        self.assertEqual(self.client.post("/revoke", token=mine["access_token"]), (200, {}))
        for tokens in (mine, also_mine):
            self.check_refused(self.client.refresh(tokens["refresh_token"]), 400, "invalid_grant")
            self.assertEqual(self.client.get("/v1/userinfo", tokens["access_token"])[0], 401)
        self.assertEqual(self.client.refresh(other["refresh_token"])[0], 200)
        self.check_refused(self.client.post("/revoke", token=mine["access_token"]), 400, "invalid_token")
        self.assertIn("refresh_token", self.client.login())

    def test_the_standard_s_revocation(self):
        self.provider.configure(revocation="rfc7009")
        token = self.client.login()["refresh_token"]
        self.check_refused(self.client.post("/revoke", token=token), 400, "invalid_request")
        page = Person().get(self.provider.issuer + "/revoke",
                            f"token={token}&client_id={self.client.id}&client_secret={self.client.secret}".encode())
        self.assertEqual(page.status, 200)
        self.check_refused(self.client.refresh(token), 400, "invalid_grant")

    def test_an_account_may_be_revoked_by_others(self):
        for subtype in (None, "invalid_rapt"):
            tokens = self.client.login()
            self.provider.revoke("alice", subtype)
            answer = self.client.refresh(tokens["refresh_token"])
            self.check_refused(answer, 400, "invalid_grant", error_subtype=subtype)
            self.assertEqual(self.client.get("/v1/userinfo", tokens["access_token"])[0], 401)
        self.assertEqual(self.client.refresh(self.client.login()["refresh_token"])[0], 200)

    def test_new_keys_and_what_is_still_valid(self):
        tokens = self.client.login()
        for keep in (True, False):
            self.provider.rotate_keys(keep=keep)
            keys = self.client.get("/oauth2/v3/certs")[1]
            self.assertEqual(len(keys["keys"]), 1 + keep)
            self.assertEqual(is_genuine(tokens["id_token"], keys), keep)
            self.assertTrue(is_genuine(self.client.refresh(tokens["refresh_token"])[1]["id_token"], keys))
            self.assertTrue(is_genuine(self.client.login()["id_token"], keys))

    def test_every_secret_is_known_also_when_it_has_ended(self):
        with Provider() as other:
            self.client = Client(other)
            tokens = self.client.login()
            second = self.client.refresh(tokens["refresh_token"])[1]
            Person().authorize(self.client.authorization_url())
        known = other.tokens_issued
        for token in (*(tokens[kind] for kind in ("access_token", "refresh_token", "id_token")),
                      second["access_token"], second["id_token"], self.client.verifier):
            self.assertIn(token, known)
        self.assertEqual(len(other.secrets()["code"]), 2)
        self.assertNotIn(self.client.secret, known)

    def test_requests_are_counted_without_their_secrets(self):
        tokens = self.client.login()
        self.client.refresh(tokens["refresh_token"])
        self.client.get("/v1/userinfo", tokens["access_token"])
        self.assertEqual(self.provider.count("/token"), 2)
        self.assertEqual(self.provider.count("/token", grant_type="refresh_token"), 1)
        text = json.dumps(self.provider.requests())
        self.assertIn('"authorization": "Bearer sha256:', text)
        for secret in (*self.provider.tokens_issued, self.client.secret):
            self.assertNotIn(secret, text)
        self.assertEqual({each["status"] for each in self.provider.requests("/token")}, {200})


class Devices(AProvider):
    def setUp(self):
        super().setUp()
        self.client = Client(self.provider, "device")

    def ask(self, code):
        return self.client.token(grant_type=DEVICE, device_code=code)

    def start(self, scope="openid email https://www.googleapis.com/auth/drive.file"):
        return self.client.post("/device/code", client_id=self.client.id, scope=scope)

    def test_a_device_waits_until_the_code_was_typed(self):
        self.provider.configure(device_interval=0)
        status, told = self.start()
        self.assertEqual((status, told["interval"]), (200, 0))
        self.check_refused(self.ask(told["device_code"]), 428, "authorization_pending")
        page = Person("bob").use_device(told["verification_url"], told["user_code"])
        self.assertIn("Success", page.body)
        status, tokens = self.ask(told["device_code"])
        self.assertEqual((status, claims_of(tokens["id_token"])["email"]), (200, "bob@example.test"))
        self.assertEqual(self.client.refresh(tokens["refresh_token"])[0], 200)

    def test_a_device_that_asks_too_often_is_told(self):
        code = self.start()[1]["device_code"]
        self.check_refused(self.ask(code), 428, "authorization_pending")
        self.check_refused(self.ask(code), 403, "slow_down")

    def test_a_device_is_denied(self):
        told = self.start()[1]
        Person(deny="consent").use_device(told["verification_url"], told["user_code"])
        self.check_refused(self.ask(told["device_code"]), 403, "access_denied")

    def test_devices_have_their_own_clients_and_few_scopes(self):
        self.check_refused(self.start(DRIVE), 400, "invalid_scope")
        identity = CLIENTS["installed"][0]
        self.check_refused(self.client.post("/device/code", client_id=identity, scope="email"), 401, "invalid_client")


class ServiceAccounts(AProvider):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.key = os.path.join(folder.name, "key.pem")
        with open(self.provider.service_account_file(os.path.join(folder.name, "robot.json"),
                                                     subjects=["alice@example.test"]), encoding="utf-8") as file:
            self.file = json.load(file)
        with open(self.key, "w", encoding="utf-8") as file:
            file.write(self.file["private_key"])

    def ask(self, header=None, **changes):
        now = int(time.time())
        claims = {"iss": ROBOT, "scope": DRIVE, "aud": self.file["token_uri"], "iat": now, "exp": now + 3600, **changes}
        claims = {name: value for name, value in claims.items() if value is not None}
        header = header or {"alg": "RS256", "typ": "JWT", "kid": self.file["private_key_id"]}
        body = b".".join(self.encoded(json.dumps(part).encode()) for part in (header, claims))
        assertion = (body + b"." + self.encoded(self.signature(body))).decode()
        return self.client.post("/token", grant_type=JWT_BEARER, assertion=assertion)

    @staticmethod
    def encoded(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    def signature(self, body):
        return certificates.sign_with(self.key, body)

    def test_an_assertion_becomes_a_token(self):
        status, tokens = self.ask()
        self.assertEqual((status, sorted(tokens)), (200, ["access_token", "expires_in", "token_type"]))
        found = self.provider.look_up(tokens["access_token"])
        self.assertEqual((found["email"], found["scope"]), (ROBOT, DRIVE))
        status, tokens = self.ask(sub="alice@example.test")
        self.assertEqual(self.provider.look_up(tokens["access_token"])["email"], "alice@example.test")

    def test_what_is_wrong_is_told(self):
        now = int(time.time())
        wrong = {
            "account not found": {"iss": "other@example.test"},
            "Failed audience check": {"aud": "https://elsewhere.example.test/token"},
            "short-lived token": {"exp": now + 3700},
            "reasonable timeframe": {"iat": now + 600, "exp": now + 3600},
            "iat and exp values": {"iat": now - 4000, "exp": now - 500},
        }
        for said, changes in wrong.items():
            answer = self.ask(**changes)
            self.check_refused(answer, 400, "invalid_grant")
            self.assertIn(said, answer[1]["error_description"])
        self.check_refused(self.ask(scope=None), 400, "invalid_scope")
        self.check_refused(self.ask(sub="bob@example.test"), 401, "unauthorized_client")
        self.check_refused(self.ask({"alg": "RS256", "kid": "other"}), 400, "invalid_grant",
                           error_description="Invalid JWT Signature.")
        self.check_refused(self.client.post("/token", grant_type=JWT_BEARER, assertion="x"), 400, "invalid_request")

    def test_another_key_is_none(self):
        self.provider.service_account_file(self.key + ".other", key="other")
        self.check_refused(self.ask(), 400, "invalid_grant", error_description="Invalid JWT Signature.")


if __name__ == "__main__":
    unittest.main()
