#!/usr/bin/python3
"""The code with which the browser comes back to a login: whose it is, how it is read, and that it is used once."""

import hashlib
import unittest
import urllib.parse

from login_house import PATIENCE, LoginHouse, Person, Waiting, answer_on, in_threads, wait_until


class Codes(Waiting):
    def code_of(self, redirect):
        return dict(urllib.parse.parse_qsl(redirect.split("?")[1]))["code"]

    def test_c08_the_code_of_another_login(self):
        """Somebody who knew the state could not slip in an account of his own: the verifier differs."""
        other = self.login()
        code = self.code_of(other.redirect(Person("bob")))
        self.assertEnded(4, f"{self.provider.issuer[7:]} did not accept the code that the browser brought; nothing was "
                         f"stored\nhint: again: batchctl auth login --client-file {self.client_file}\n", exchanges=1, code=code)
        challenges = {self.it.query["code_challenge"], other.query["code_challenge"]}
        self.assertEqual(len(challenges), 2)

    def test_c08_the_code_of_another_client(self):
        other = self.login("--client-file", self.provider.client_file(self.path("public"), kind="public"),
                           client_file=False)
        self.assertEnded(4, "did not accept the code", exchanges=1, code=self.code_of(other.redirect(Person("bob"))))

    def test_c09_a_callback_again(self):
        """While the first is handed in, and when that is over."""
        self.provider.fault("/token", hold=True)
        request = self.it.request()
        with self.it.connect() as first, self.it.connect() as second:
            first.sendall(request)
            wait_until(lambda: self.provider.count("/token"), PATIENCE, "the exchange")
            second.sendall(request)
            self.provider.release()
            self.assertIn("You are logged in", answer_on(first).body)
            again = answer_on(second)
        self.assertTrue(again is None or again.status in (200, 410))
        self.it.end()
        self.assertTrue(self.it.is_deaf())
        self.assertEqual(self.exchanges(), 1)
        self.assertLoggedIn()

    def test_c10_two_callbacks_at_once(self):
        request = self.it.request()
        connections = [self.it.connect() for _ in range(4)]
        in_threads(lambda each: each.sendall(request), connections)
        answers = in_threads(answer_on, connections)
        for each in connections:
            each.close()
        self.it.end()
        self.assertEqual(len([each for each in answers if each and "You are logged in" in each.body]), 1)
        self.assertEqual(self.exchanges(), 1)

    def test_c11_another_issuer(self):
        issuer = self.provider.issuer
        for wrong in ("https://evil.example.test", issuer + "/", issuer.upper(), issuer.replace("http:", "https:"), "", None):
            with self.subTest(iss=wrong):
                if self.it.process.poll() is not None:
                    self.again()
                self.assertEnded(4, f"the answer did not come from {issuer[7:]}; nothing was changed", iss=wrong)
        self.assertErrorIgnored()

    def assertErrorIgnored(self):
        """What another provider says against the login is not told as if it were of this one."""
        self.again()
        said = self.assertEnded(4, "the answer did not come from", iss="https://evil.example.test", error="access_denied")
        self.assertNotIn("denied", said)

    def test_c11_a_provider_that_does_not_promise_it(self):
        """Absent is good, wrong is not."""
        self.it.kill()
        for promise in (False, None):
            self.provider.fault("/.well-known/openid-configuration",
                                patch={"authorization_response_iss_parameter_supported": promise})
            self.provider.configure(callback={"iss": None})
            self.again().finish()
            self.assertLoggedIn()
        self.ctl("auth", "logout", "--yes")
        self.provider.forget_requests()
        self.provider.fault("/.well-known/openid-configuration",
                            patch={"authorization_response_iss_parameter_supported": False})
        page = self.again().callback(iss="https://evil.example.test")
        self.assertIn("did not succeed", page.body)
        self.it.end(4)
        self.assertEqual(self.exchanges(), 0)

    def test_c11_twice(self):
        target = self.it.target()
        for more in (f"&iss={self.provider.issuer}", "&iss=https://evil.example.test", "&iss="):
            self.assertRefused(self.it.get(target + more), 400)
        self.assertGoesOn()

    def test_c12_what_else_is_said(self):
        self.provider.configure(callback={"scope": "email openid", "authuser": ["0", "1"], "hd": "example.test",
                                          "prompt": "none", "session_state": "x..y", "version_info": "z", "": "w",
                                          "redirect_uri": "https://evil.example.test/", "a%5Bb": "\u00e9"})
        self.assertGoesOn()

    def test_c13_a_code_is_decoded_once(self):
        for sent, meant in (("4%2F0Ax", "4/0Ax"), ("4/0Ax", "4/0Ax"), ("4%252F0A", "4%2F0A"), ("a+b%2Bc", "a b+c"),
                            ("a%26b%3Dc", "a&b=c"), ("%3c", "<"), ("x" * 2048, "x" * 2048)):
            with self.subTest(sent=sent[:20]):
                if self.it.process.poll() is not None:
                    self.again()
                page = self.it.get(self.it.target(code=None) + "&code=" + sent)
                self.assertEqual(page.status, 200)
                self.it.end(4)
                self.assertEqual(self.provider.requests("/token")[-1]["form"]["code"],
                                 "sha256:" + hashlib.sha256(meant.encode()).hexdigest())

    def test_c13_what_is_no_code(self):
        good = self.it.target(code=None)
        for code in ("%00", "a%00b", "%ff", "%c3%28", "%ed%a0%80", "%zz", "%4", "%", "", "x" * 2049, "%0a", "a%0d%0ab",
                     "%c3%a9", "%7f", "\xff"):
            with self.subTest(code=code[:20]):
                self.assertRefused(self.it.get(good + "&code=" + code), 400)
        for more in ("&x=%00", "&x=%zz", "&%ff=x"):
            self.assertRefused(self.it.get(self.it.target() + more), 400)
        self.assertGoesOn()


class Pasting(LoginHouse):
    """The address of the page that failed to load, on another computer."""

    AGAIN = r"That is not the address, which begins with http://127\.0\.0\.1:\d+/callback\? - paste it: "
    OTHER = "That address belongs to another login. Paste the one of this: "

    def setUp(self):
        super().setUp()
        self.it = self.login("--no-browser")
        self.it.wait_for("fails to load: $")

    def paste(self, text, says=None):
        before = len(self.it.text)
        self.it.type(text + "\n")
        if says:
            wait_until(lambda: len(self.it.text) > before and self.it.text.endswith(": "), PATIENCE, "an answer")
            self.assertRegex(self.it.text[before:], f"^{says}$")
            self.assertIsNone(self.it.process.poll())
            self.assertEqual(self.exchanges(), 0)

    def pasted(self, form):
        redirect = self.it.redirect()
        self.paste(form(redirect))
        self.it.end()
        self.assertLoggedIn()

    def test_c25_the_whole_address(self):
        self.pasted(lambda redirect: redirect)
        self.assertIn("\nLogged in to ", self.it.text)

    def test_c25_with_what_terminals_and_people_put_around(self):
        for form in (" {} ", '"{}"', "'{}'", "\x1b[200~{}\x1b[201~", "  \x1b[200~ {} \x1b[201~ ", "{}\r", "\t{}"):
            with self.subTest(form=form):
                if self.it.process.poll() is not None:
                    self.it = self.login("--no-browser")
                self.pasted(form.format)

    def test_c25_its_query_alone(self):
        self.pasted(lambda redirect: redirect.split("?")[1])
        self.it = self.login("--no-browser")
        self.pasted(lambda redirect: "?" + redirect.split("?")[1])

    def test_c25_as_browsers_show_it(self):
        self.pasted(lambda redirect: redirect.removeprefix("http://"))

    def test_c25_as_people_call_this_computer(self):
        self.pasted(lambda redirect: redirect.replace("127.0.0.1", "localhost", 1))

    def test_c25_what_is_something_else(self):
        redirect = self.it.redirect()
        query = redirect.split("?")[1]
        code = dict(urllib.parse.parse_qsl(query))["code"]
        port = self.it.port
        for text in ("", " ", code, "y", "http://evil/?code=" + code, f"http://evil/callback?{query}",
                     redirect.replace(str(port), str(port + 1)),
                     redirect.replace("127.0.0.1", "localhost.evil"), redirect.replace("http:", "https:"), redirect.replace("/callback", "/other"),
                     redirect[:40] + " " + redirect[40:], redirect + " " + redirect, f"{redirect}&code=x", "x" * 4090,
                     self.it.url, redirect.replace("state=", "state=%zz"), "\x1b[31m" + redirect):
            with self.subTest(text=text[:60]):
                self.paste(text, self.AGAIN)
        self.paste(redirect)
        self.it.end()

    def test_c25_of_another_login(self):
        other = self.login("--no-browser")
        query = other.redirect(Person("bob")).split("?")[1]
        for text in (f"{self.it.redirect_uri}?{query}", query, "code=x", "code=x&state=", "error=access_denied&state=x",
                     f"{self.it.redirect_uri}?code=x"):
            with self.subTest(text=text[:60]):
                self.paste(text, self.OTHER)
        self.pasted(lambda redirect: redirect)

    def test_c25_more_than_a_line_of_the_terminal(self):
        """It keeps 4095 letters of a line, and forgets the rest."""
        self.paste("x" * 6000, self.AGAIN)
        self.pasted(lambda redirect: redirect)

    def test_c25_a_denial(self):
        self.paste(self.it.redirect(Person(deny="consent")))
        self.assertIn("access was denied", self.it.end(4).err)

    def test_c25_the_end_of_the_input(self):
        """Nobody wants to paste anything: the browser may come back still."""
        self.it.type("\x04")
        self.it.finish()
        self.assertLoggedIn()


if __name__ == "__main__":
    unittest.main()
