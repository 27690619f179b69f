#!/usr/bin/python3
"""The provider of the tests, when it is told to do wrong: each fault does what it says, as often as it says."""

import http.client
import socket
import threading
import time
import unittest

import certificates
from oidc import Provider
from oidc_client import Client, claims_of, decoded, is_genuine
from person import Person
from waiting import wait_until

provider = None


def setUpModule():
    global provider
    provider = Provider().start()
    unittest.addModuleCleanup(provider.stop)


class Faulty(unittest.TestCase):
    def setUp(self):
        self.provider = provider
        self.provider.reset()
        self.client = Client(provider)

    def ask(self, headers=None):
        """(status, headers, body) of a request with a refresh token that nobody knows."""
        connection = http.client.HTTPConnection("127.0.0.1", provider.port, timeout=60)
        self.addCleanup(connection.close)
        form = f"grant_type=refresh_token&refresh_token=x&client_id={self.client.id}&client_secret={self.client.secret}"
        headers = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        connection.request("POST", "/token", form, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer

    def status(self):
        return self.ask()[0]

    def asked_meanwhile(self):
        """The client's refresh, in a thread; its result comes with join()."""
        token = self.client.login()["refresh_token"]
        self.provider.forget_requests()
        result = []
        thread = threading.Thread(target=lambda: result.append(self.client.refresh(token)))
        thread.start()
        return lambda: (thread.join(60), result[0])[1]


class Faults(Faulty):
    def test_a_fault_strikes_as_often_as_it_says(self):
        self.provider.fault("/token", status=503, headers={"Retry-After": "7"}, body="{}", times=2)
        status, headers, answer = self.ask()
        self.assertEqual((status, headers["Retry-After"], answer.read()), (503, "7", b"{}"))
        self.assertEqual([self.status() for _ in range(3)], [503, 400, 400])
        self.provider.fault("/token", status=500, times=None)
        self.assertEqual([self.status() for _ in range(3)], [500] * 3)
        self.provider.clear_faults()
        self.assertEqual(self.status(), 400)

    def test_a_fault_is_for_the_requests_it_names(self):
        token = self.client.login()["refresh_token"]
        self.provider.fault("/token", status=500, body="{}", when={"grant_type": "refresh_token"})
        self.assertIn("access_token", self.client.login())
        self.assertEqual([self.client.refresh(token)[0] for _ in range(2)], [500, 200])

    def test_there_is_no_fault_that_nobody_knows(self):
        with self.assertRaisesRegex(AssertionError, "statsu"):
            self.provider.fault("/token", statsu=500)
        with self.assertRaisesRegex(AssertionError, "forgery"):
            self.provider.configure(id_token="nonsense")
        with self.assertRaisesRegex(AssertionError, "setting"):
            self.provider.configure(rotation=True)

    def test_a_dropped_connection_has_no_answer(self):
        for stage in ("body", "answer"):
            with self.subTest(stage):
                self.provider.fault("/token", drop=True, stage=stage)
                with self.assertRaises(http.client.RemoteDisconnected):
                    self.ask()
                self.provider.fault("/token", drop="reset", stage=stage)
                with self.assertRaises(ConnectionResetError) as raised:
                    self.ask()
                self.assertNotIsInstance(raised.exception, http.client.RemoteDisconnected)
        self.assertEqual({(each["status"], each["open"]) for each in self.provider.requests("/token")}, {(None, False)})

    def test_at_the_head_nobody_waits_for_the_body(self):
        self.provider.fault("/token", drop=True, stage="head")
        with socket.create_connection(("127.0.0.1", self.provider.port), timeout=60) as client:
            client.sendall(b"POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
            self.assertEqual(client.recv(1), b"")
        self.provider.fault("/token", drop="reset", stage="head")
        with self.assertRaises(ConnectionError):
            self.ask()

    def test_an_answer_may_be_lost_after_the_deed(self):
        self.provider.configure(rotate=True)
        token = self.client.login()["refresh_token"]
        self.provider.fault("/token", drop=True, stage="answer")
        with self.assertRaises(ConnectionError):
            self.client.refresh(token)
        self.assertEqual(self.client.refresh(token)[0], 400)

    def test_before_that_nothing_was_done(self):
        self.provider.configure(rotate=True)
        token = self.client.login()["refresh_token"]
        self.provider.fault("/token", drop=True)
        with self.assertRaises(ConnectionError):
            self.client.refresh(token)
        self.assertEqual(self.client.refresh(token)[0], 200)

    def test_a_request_waits_until_it_is_released(self):
        self.provider.fault("/token", hold=True, when={"grant_type": "refresh_token"})
        answered = self.asked_meanwhile()
        wait_until(lambda: self.provider.count("/token") == 1)
        (request,) = self.provider.requests("/token")
        self.assertEqual((request["status"], request["open"]), (None, True))
        self.provider.release()
        self.assertEqual(answered()[0], 200)

    def test_a_delay_is_one(self):
        self.provider.fault("/token", delay=300)
        start = time.monotonic()
        self.assertEqual(self.status(), 400)
        self.assertGreater(time.monotonic() - start, 0.29)

    def test_a_patch_changes_an_answer_that_is_otherwise_right(self):
        self.provider.fault("/token", patch={"refresh_token": None, "expires_in": "3600", "token_type": "bEARER"})
        tokens = self.client.login()
        self.assertNotIn("refresh_token", tokens)
        self.assertEqual((tokens["expires_in"], tokens["token_type"]), ("3600", "bEARER"))
        self.provider.fault("/v1/userinfo", patch={"sub": "1"})
        self.assertEqual(self.client.get("/v1/userinfo", tokens["access_token"])[1]["sub"], "1")
        discovery = "/.well-known/openid-configuration"
        self.provider.fault(discovery, patch={"issuer": "https://evil.example.test", "token_endpoint": None})
        found = self.client.get(discovery)[1]
        self.assertEqual(found["issuer"], "https://evil.example.test")
        self.assertNotIn("token_endpoint", found)
        self.assertIn("token_endpoint", self.client.get(discovery)[1])

    def test_pages_and_redirects_in_the_place_of_json(self):
        self.provider.fault("/token", html=True)
        status, headers, answer = self.ask()
        self.assertEqual((status, headers.get_content_type()), (200, "text/html"))
        self.assertIn(b"hotel", answer.read())
        self.provider.fault("/token", redirect="https://evil.example.test/")
        status, headers, _ = self.ask()
        self.assertEqual((status, headers["Location"]), (302, "https://evil.example.test/"))

    def test_bodies_without_measure(self):
        self.provider.fault("/token", huge=3)
        _, headers, answer = self.ask()
        self.assertEqual((int(headers["Content-Length"]), len(answer.read())), (3 << 20, 3 << 20))
        self.provider.fault("/token", gzip_bomb=10)
        _, headers, answer = self.ask()
        self.assertEqual((headers["Content-Encoding"], len(answer.read()) < 1 << 20), ("gzip", True))
        self.provider.fault("/token", endless=True)
        _, headers, answer = self.ask()
        self.assertEqual(headers["Transfer-Encoding"], "chunked")
        self.assertEqual(len(answer.read(20 << 20)), 20 << 20)
        answer.close()
        self.assertEqual(self.status(), 400)

    def test_an_answer_that_breaks_off(self):
        self.provider.fault("/token", cut=5, body='{"access_token":"ya29"}')
        _, _, answer = self.ask()
        with self.assertRaises(http.client.IncompleteRead) as raised:
            answer.read()
        self.assertEqual(raised.exception.partial, b'{"acc')

    def test_bytes_that_are_no_http(self):
        self.provider.fault("/token", raw="SSH-2.0-OpenSSH\r\n")
        with self.assertRaises(http.client.BadStatusLine):
            self.ask()

    def test_a_provider_that_is_away_refuses_connections(self):
        tokens = self.client.login()
        self.provider.go_away()
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self.provider.port), timeout=5)
        self.provider.come_back()
        self.assertEqual(self.client.refresh(tokens["refresh_token"])[0], 200)

    def test_a_version_of_tls_that_nobody_wants(self):
        with Provider(certificate=certificates.server(), tls="TLSv1.1") as old:
            with self.assertRaisesRegex(OSError, "protocol version"):
                Person(ca=certificates.authority().cert).get(old.issuer + "/oauth2/v3/certs")


class Forgeries(Faulty):
    WRONG = {
        "wrong_iss": {"iss": "https://evil.example.test"},
        "wrong_aud": {"aud": "other.apps.example.test"},
        "several_aud": {"aud": ["desktop.apps.example.test", "other.apps.example.test"]},
        "wrong_azp": {"azp": "other.apps.example.test"},
        "wrong_nonce": {"nonce": "wrong"},
        "no_nonce": {"nonce": None},
        "no_sub": {"sub": None},
        "no_exp": {"exp": None},
    }

    def forged(self, how):
        self.provider.configure(id_token=how)
        token = self.client.login()["id_token"]
        return token, is_genuine(token, self.client.get("/oauth2/v3/certs")[1])

    def test_wrong_claims_are_really_signed(self):
        for how, claims in self.WRONG.items():
            with self.subTest(how):
                token, genuine = self.forged(how)
                self.assertTrue(genuine)
                found = claims_of(token)
                self.assertEqual({name: found.get(name) for name in claims}, claims)
                self.assertEqual(found.get("email"), "alice@example.test")

    def test_wrong_times_are_really_signed(self):
        now = time.time()
        token, genuine = self.forged("expired")
        self.assertTrue(genuine and claims_of(token)["exp"] < now - 3000)
        token, genuine = self.forged("future_iat")
        self.assertTrue(genuine and claims_of(token)["iat"] > now + 3000)

    def test_claims_of_the_test_s_own(self):
        token, genuine = self.forged({"claims": {"iss": "accounts.google.com", "email": None}})
        self.assertTrue(genuine)
        self.assertEqual(claims_of(token)["iss"], "accounts.google.com")
        self.assertNotIn("email", claims_of(token))

    def test_wrong_signatures(self):
        headers = {"bad_signature": b'"RS256"', "alg_none": b'"none"', "hs256": b'"HS256"', "unknown_kid": b'"unknown"'}
        for how, said in headers.items():
            with self.subTest(how):
                token, genuine = self.forged(how)
                self.assertFalse(genuine)
                self.assertIn(said, decoded(token.split(".")[0]))
                self.assertEqual(claims_of(token)["email"], "alice@example.test")

    def test_no_token_at_all(self):
        self.provider.configure(id_token="not_a_jwt")
        self.assertEqual(self.client.login()["id_token"], "not.a-jwt")

    def test_right_ones_again(self):
        self.forged("no_sub")
        self.assertTrue(self.forged(None)[1])


if __name__ == "__main__":
    unittest.main()
