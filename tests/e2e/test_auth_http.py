#!/usr/bin/python3
"""On the way to the provider: proxies, certificates, what -v shows: oauth-H15, H16, H19."""

import base64
import os
import ssl
import struct
import unittest

from auth_house import AuthHouse
from house import BUILD
from wired import GOOGLE, TOKEN, Wired, refuse, tunnel

import certificates
from oidc import Provider

class Proxies(Wired):
    def test_h15_is_used(self):
        google = self.as_google()
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            with self.subTest(name):
                proxy = self.serve(tunnel(google.port))
                self.assertEqual(self.token(env={name: f"http://127.0.0.1:{proxy.port}"}).out, TOKEN + "\n")
                self.assertEqual([each[:2] for each in proxy.asked], [("CONNECT", GOOGLE + ":443")])
        self.assertEqual({each[:2] for each in google.asked}, {("POST", "/token")})

    def test_h15_never_for_this_computer(self):
        proxy = self.serve(refuse)
        self.env |= dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "http_proxy", "ALL_PROXY"), f"http://127.0.0.1:{proxy.port}")
        self.log_in_for()
        self.token()
        self.log_out()
        self.assertEqual(proxy.asked, [])

    def test_h15_no_proxy(self):
        proxy = self.serve(refuse)
        name = "x" * 64 + ".invalid"  # longer than a name may be: no server of names is asked, which would take its time
        env = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}", "BATCH_AUTH_ISSUER": "https://" + name}
        self.log_in(code=5, env=env)
        self.assertEqual([each[1] for each in proxy.asked], [name + ":443"])
        done = self.log_in(code=5, env={**env, "NO_PROXY": name})
        self.assertEqual(len(proxy.asked), 1)
        self.assertSays(done, r"x+\.invalid cannot be reached: Could not resolve host: .*")

    def test_h15_one_that_wants_a_password(self):
        """What is in its address is sent, and shown nowhere."""
        self.as_google()
        proxy = self.serve(refuse)
        words = f"ada:canary@127.0.0.1:{proxy.port}"
        for more in ((), ("-v",)):
            done = self.token(*more, code=5, env={"HTTPS_PROXY": "http://" + words})
            self.assertRegex(done.err, rf"batchctl: error: {GOOGLE} broke off: .*407")
            for secret in ("canary", base64.b64encode(b"ada:canary").decode()):
                self.assertNotIn(secret, done.err + done.out)
        self.assertEqual({each[2].get("Proxy-Authorization") for each in proxy.asked},
                         {"Basic " + base64.b64encode(b"ada:canary").decode()})
        done = self.token("-v", code=5, env={"HTTPS_PROXY": "http://ada:canary@127.0.0.1:1"})
        self.assertNotIn("canary", done.err)


class Certificates(Wired):
    def try_at(self, server, code=5, **env):
        """The first request of a login, at this server."""
        return self.log_in(code=code, env={"BATCH_AUTH_ISSUER": f"https://127.0.0.1:{server.port}", **env})

    def test_h16_a_login_at_a_server_of_ones_own(self):
        self.trust(certificates.authority())
        with Provider(certificate=certificates.server()) as provider:
            shared, AuthHouse.provider = AuthHouse.provider, provider
            try:
                self.env["BATCH_AUTH_ISSUER"] = provider.issuer
                self.log_in_for(ca=certificates.authority().cert)
                self.token()
                self.env["BATCH_AUTH_CA_FILE"] = certificates.unknown_authority().cert
                provider.forget_requests()
                self.assertSays(self.ctl("auth", "refresh", code=5), r"127\.0\.0\.1:\d+ is not trusted: .*")
                self.assertEqual((provider.requests(), self.record()["status"]), ([], "ok"))
                del self.env["BATCH_AUTH_CA_FILE"]
                self.ctl("auth", "refresh", code=5)
                self.trust(certificates.authority())
                self.shows_nothing_with_v(provider)
            finally:
                AuthHouse.provider = shared

    def shows_nothing_with_v(self, provider):
        """oauth-H19, with all that TLS has to say; and the keys of its connections are written nowhere."""
        done = self.ctl("auth", "refresh", "-v", env={"SSLKEYLOGFILE": self.path("keys")})
        self.assertIn("SSL connection using", done.err)
        self.assertSilent(done.err + done.out)
        self.assertFalse(os.path.exists(self.path("keys")))

    def test_h16_certificates_that_are_wrong(self):
        self.trust(certificates.authority())
        for certificate, hint in ((certificates.expired(), "is the time here right: date"),
                                  (certificates.wrong_host(), r"is a proxy in between\? .*"),
                                  (certificates.self_signed(), r"is a proxy in between\? .*"),
                                  (certificates.unknown_authority(), r"is a proxy in between\? .*")):
            with self.subTest(certificate.cert):
                server = self.serve(certificate=certificate)
                self.assertSays(self.try_at(server), r"127\.0\.0\.1:\d+ is not trusted: .*", hint)
                self.assertEqual(server.asked, [])

    def test_h16_the_time_is_to_blame(self):
        """oauth-H17: a certificate of tomorrow."""
        self.trust(certificates.authority())
        with open(self.path("clock"), "wb") as file:
            file.write(struct.pack("=q", -365 * 86400))
        server = self.serve(certificate=certificates.server())
        done = self.try_at(server, WALL_CLOCK_OFFSET=self.path("clock"), LD_PRELOAD=os.path.abspath(
            os.path.join(BUILD, "tests/wall_clock.so")))
        self.assertSays(done, r".* is not trusted: .*not yet valid.*", "is the time here right: date")
        self.assertEqual(server.asked, [])

    def test_h16_tls_that_is_too_old(self):
        self.trust(certificates.authority())
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        old.set_ciphers("DEFAULT@SECLEVEL=0")
        server = self.serve(certificate=certificates.server(), context=old)
        self.env["OPENSSL_CONF"] = self.write("openssl.cnf", LAX)  # nothing but the program stands in its way
        self.assertRegex(self.try_at(server).err, r"batchctl: error: 127\.0\.0\.1:\d+ cannot be reached: ")
        self.assertEqual(server.asked, [])

    def test_h16_there_is_no_way_round(self):
        server = self.serve(certificate=certificates.self_signed())
        self.log_in("--insecure", code=2)
        self.try_at(server, SSL_NO_VERIFY="1", CURL_INSECURE="1", CURL_CA_BUNDLE=certificates.self_signed().cert)
        self.assertEqual(server.asked, [])
        done = self.try_at(server, code=2, BATCH_AUTH_CA_FILE=self.path("none"))
        self.assertSays(done, "the authorities cannot be read: .*")

    def test_h16_secrets_go_nowhere_in_the_clear(self):
        done = self.log_in(code=2, env={"BATCH_AUTH_ISSUER": "http://login.invalid"})
        self.assertSays(done, "auth.issuer begins with http://, where secrets could be read on the way",
                        "it must begin with https://")


class Talk(Wired):
    def test_h19_what_v_shows(self):
        """Where it goes and what comes back, and no secret; the bodies never."""
        self.provider.configure(id_token={"claims": {"name": None}})
        said = self.log_in_for(1, "-v").err
        said += self.token("-v").err
        done = self.log_out("-v")
        said += done.err
        for line in ("> POST /token HTTP/1.1", "< HTTP/1.1 200 OK", "> GET /v1/userinfo HTTP/1.1", "> POST /revoke HTTP/1.1",
                     "> Authorization: ***"):
            self.assertIn("\n" + line + "\n", said)
        self.assertSilent(said, but=[])
        for secret in ("desktop-secret-of-the-tests", "grant_type", "access_token", "code_verifier="):
            self.assertNotIn(secret, said)

    def test_h19_nor_of_a_cookie_or_an_assertion(self):
        google = self.as_google()
        proxy = self.serve(tunnel(google.port))
        done = self.token("-v", env={"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"})
        self.assertIn("Set-Cookie: ***", done.err)
        self.assertNotIn("canary", done.err)
        self.assertNotIn(TOKEN, done.err)
        self.assertNotIn(google.asked[0][3].partition("assertion=")[2], done.err)


LAX = """openssl_conf = openssl_init
[openssl_init]
ssl_conf = ssl_sect
[ssl_sect]
system_default = system_default_sect
[system_default_sect]
MinProtocol = TLSv1
CipherString = DEFAULT@SECLEVEL=0
"""

if __name__ == "__main__":
    unittest.main()
