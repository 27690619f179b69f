#!/usr/bin/python3
"""The listener of a login that waits: what comes there from the browser, and from others on this machine; row 102 of what
has to hold."""

import socket
import time
import unittest
import urllib.parse

from login_house import PATIENCE, Waiting, answer_on, is_closed, wait_until

SAFE = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "connection": "close",
}


class States(Waiting):
    def test_c01_a_wrong_state(self):
        code = dict(urllib.parse.parse_qsl(self.it.redirect().split("?")[1]))["code"]
        for wrong in ("x", self.it.state[:-1], self.it.state + "x", self.it.state.swapcase(),
                      self.it.query["nonce"], " " + self.it.state):
            page = self.it.callback(code=code, state=wrong)
            self.assertRefused(page, 400)
            self.assertIn("This page belongs to no login", page.body)
        self.assertGoesOn()

    def test_c01_they_are_counted(self):
        login = self.sleeper()
        for _ in range(2):
            login.callback(state="x")
        self.sleep(301)
        login.nudge()
        self.assertIn("; 2 answers of another login were refused\n", login.end(8).err)

    def test_c02_no_state_or_more_than_one(self):
        good = self.it.target()
        state = f"&state={self.it.state}"
        for target in (self.it.target(state=None), self.it.target(state=""), good + state, good + "&state=x",
                       "/callback?state=x&" + good.split("?")[1], good + "&st%61te=x", good + "&code=x",
                       good + "&error=x&error=y", good + f"&iss={self.provider.issuer}", good + "&code=", "/callback",
                       "/callback?", "/callback?state", self.it.target(code=None), self.it.target(code="")):
            with self.subTest(target=target):
                self.assertRefused(self.it.get(target), 400)
        self.assertGoesOn()

    def test_c03_an_error_of_a_stranger(self):
        for state in ("x", "", None, self.it.query["nonce"]):
            for code in (None, "4/0A-made-up"):
                self.assertRefused(self.it.callback(error="access_denied", code=code, state=state), 400)
        self.assertGoesOn()

    def test_c04_access_denied(self):
        said = self.assertEnded(4, "batchctl: error: ", "access was denied: you or your organisation did not agree; nothing "
                                "was changed\nhint: again, and choose Continue: batchctl auth login --client-file "
                                f"{self.client_file}\n",
                                title="The login was cancelled", error="access_denied", code=None)
        self.assertEqual(said.count("error:"), 1)

    def test_c05_other_words_for_no(self):
        who = self.provider.issuer[7:]
        refused = f"batchctl: error: {who} refused the login: "
        for code, word, says in (
            (4, "admin_policy_enforced", refused + "the organisation's administrator does not allow it; nothing was changed"),
            (4, "org_internal", refused + "the client is for people of another organisation alone; nothing was changed"),
            (4, "invalid_scope", refused + "it does not know what was asked for (--scope); nothing was changed"),
            (4, "disallowed_useragent", refused + "it does not accept this browser; nothing was changed"),
            (5, "server_error", f"batchctl: error: {who} is in trouble; nothing was changed"),
            (5, "temporarily_unavailable", f"batchctl: error: {who} is in trouble; nothing was changed"),
            (4, "so_so", refused + "its word for it is so_so; nothing was changed"),
            (4, "", refused + "its word for it is missing; nothing was changed"),
            (4, "\x1b[2J\r\n<b>\u202e\u00e9", refused + "its word for it is ?[2J??<b>?????; nothing was changed"),
            (4, "x" * 300, refused + "its word for it is " + "x" * 64 + "; nothing was changed"),
        ):
            with self.subTest(word=word):
                if self.it.process.poll() is not None:
                    self.again()
                self.assertEnded(code, says, error=word, code=None)

    def test_c06_what_the_provider_describes(self):
        """Is nowhere: not on a page, not on the screen."""
        for text in ("<script>alert(1)</script>", "\x1b[2J\x1b]0;x\x07", "EVIL\u202etxt", "E" * 6000):
            with self.subTest(text=text[:30]):
                if self.it.process.poll() is not None:
                    self.again()
                page = self.it.callback(error="access_denied", error_description=text, error_uri="http://e.example/",
                                        code=None)
                self.it.end(4)
                for shown in (page.body, self.it.bytes.decode()):
                    for part in ("script", "\x1b", "\x07", "\u202e", "EVIL", "EEEE", "e.example"):
                        self.assertNotIn(part, shown.replace("This page belongs", ""))

    def test_c06_one_that_is_too_long(self):
        page = self.it.callback(error="access_denied", error_description="<script>" * 12500)
        self.assertRefused(page, 414, 431)
        self.assertNotIn("script", page.body)
        self.assertGoesOn()

    def test_c07_an_error_beside_a_code(self):
        self.assertEnded(4, "access was denied", title="The login was cancelled", error="access_denied")


class Requests(Waiting):
    def test_c14_another_path(self):
        query = self.it.target().split("?")[1]
        for path in ("/favicon.ico", "/", "/callback/", "//callback", "/callback/../x", "/./callback", "/x/../callback",
                     "/Callback", "/callback%20", "/%63allback", "/callback;x", "/callback/x", "*",
                     f"http://{self.it.authority}/callback", "callback", "/callback#", "http://evil.example.test/callback"):
            with self.subTest(path=path):
                for target in (path, f"{path}?{query}", f"{path}?{query}&error=access_denied"):
                    answer = self.it.get(target, headers=[f"Referer: {self.it.redirect_uri}?{query}"])
                    self.assertRefused(answer, 404)
                    self.assertIn("There is nothing here", answer.body)
                    self.assertNotIn(path + "?", answer.body)
        self.assertGoesOn()
        self.assertNotIn("favicon", self.it.text)

    def test_c15_another_method(self):
        target = self.it.target()
        for method in ("HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "get", "GETS"):
            with self.subTest(method=method):
                more = ["Origin: https://evil.example.test", "Access-Control-Request-Method: GET",
                        "Access-Control-Request-Private-Network: true"]
                answer = self.it.get(target, method=method, headers=more)
                self.assertRefused(answer, 405)
                self.assertIn(("allow", "GET"), answer.headers)
                self.assertEqual([name for name, _ in answer.headers if name.startswith("access-control")], [])
                if method == "HEAD":
                    self.assertEqual(answer.body, "")
        self.assertRefused(self.it.get(self.it.authority, method="CONNECT"), 405)
        self.assertRefused(self.it.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9)), 400)
        self.assertGoesOn()

    def test_c15_tls(self):
        hello = bytes.fromhex("160301006c010000680303") + bytes(97)
        self.assertIsNone(self.it.send(hello))
        self.assertGoesOn()

    def test_c15_other_lines(self):
        good = self.it.target()
        for line in (f"GET {good}", f"GET {good} HTTP/0.9", f"GET {good} HTTP/2.0", f"GET  {good} HTTP/1.1", "",
                     f"GET {good} x HTTP/1.1", f"GET\t{good} HTTP/1.1", f" GET {good} HTTP/1.1", f"{good}", "GET",
                     f"GET {good} HTTP/1.1\x00", f"GET {good}\r HTTP/1.1"):
            with self.subTest(line=line):
                self.assertRefused(self.it.send(f"{line}\r\nHost: {self.it.authority}\r\n\r\n".encode()), 400, 405)
        self.assertGoesOn()

    def test_c16_another_host(self):
        port, target = self.it.port, self.it.target()
        for host in (f"evil.example.test:{port}", f"localhost:{port}", "127.0.0.1", f"127.0.0.1:{port + 1}",
                     f"127.0.0.1:0{port}", f"127.0.0.1:{port}.", f"127.0.0.2:{port}", f"[::1]:{port}", f"127.1:{port}",
                     f"127.0.0.1:{port}, evil.example.test", f"a@127.0.0.1:{port}"):
            with self.subTest(host=host):
                self.assertRefused(self.it.get(target, host=host), 421)
        self.assertRefused(self.it.get(target, host=""), 400)
        for other in (self.it.authority, "evil.example.test"):
            self.assertRefused(self.it.get(target, headers=[f"Host: {other}"]), 400)
        self.assertRefused(self.it.send(f"GET {target} HTTP/1.0\r\n\r\n".encode()), 400)
        self.assertGoesOn()

    def test_c17_scripts_of_other_sites(self):
        for more in (["Origin: https://evil.example.test"], ["Origin: null"], ["Sec-Fetch-Mode: cors"],
                     ["Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"], ["Sec-Fetch-Dest: iframe"],
                     ["Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"], ["sec-fetch-dest: empty"],
                     ["Sec-Fetch-Mode: websocket", "Upgrade: websocket"]):
            with self.subTest(headers=more):
                self.assertRefused(self.it.get(self.it.target(), headers=more), 403)
                self.assertRefused(self.it.get(self.it.target(error="access_denied"), headers=more), 403)
        self.assertEqual(self.exchanges(), 0)
        where = self.it.redirect().split(self.it.authority)[1]
        page = self.it.get(where, headers=["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-User: ?1",
                                           "Sec-Fetch-Dest: document"])
        self.assertIn("You are logged in", page.body)
        self.it.end()

    def test_c18_slow_and_idle_connections(self):
        """None is kept for longer than five seconds, however it spends them, and none keeps anybody out."""
        ended, start = {}, time.monotonic()
        slow, idle, half = (self.it.connect() for _ in range(3))
        half.sendall(b"GET /callback HTTP/1.1\r\nHost:")
        letters = iter(b"GET /callback?" + b"x" * 4000)

        def all_ended():
            for name, each in (("slow", slow), ("idle", idle), ("half", half)):
                if name not in ended:
                    if name == "slow":
                        self.drip(each, letters)
                    if is_closed(each):
                        ended[name] = time.monotonic() - start
            time.sleep(0.08)
            return len(ended) == 3

        wait_until(all_ended, PATIENCE, "the end of their patience")
        for each in (slow, idle, half):
            each.close()
        self.assertGreater(min(ended.values()), 3)
        self.assertLess(max(ended.values()), 20)
        self.assertGoesOn()

    @staticmethod
    def drip(connection, letters):
        try:
            connection.sendall(bytes([next(letters)]))
        except OSError:
            pass  # the other end is gone, which is looked at next

    def test_c18_two_hundred_idle_connections(self):
        self.it = self.sleeper()
        self.assertTrue(self.it.url)
        with self.no_time():  # so none is closed because its own is up
            idle = [self.it.connect() for _ in range(200)]
            self.assertEqual(self.it.callback(state="x").status, 400)
            open_still = [each for each in idle if not is_closed(each)]
        self.assertTrue(open_still)
        self.assertLess(len(open_still), 33)
        self.assertGoesOn()
        for each in idle:
            each.close()

    def test_c19_requests_of_odd_size_and_form(self):
        host, target = f"Host: {self.it.authority}", self.it.target()
        for says, lines in (
            ((414, 431), [f"GET {target}&x={'x' * 20000} HTTP/1.1", host]),
            ((414,), [f"GET {target}&x={'x' * 8200} HTTP/1.1", host]),
            ((431,), [f"GET {target} HTTP/1.1", host, "X: " + "x" * 100000]),
            ((431,), [f"GET {target} HTTP/1.1", host, *["X: y"] * 1000]),
            ((431,), [f"GET {target} HTTP/1.1", host, "x" * 100000]),
            ((400,), [f"GET {target} HTTP/1.1", host, "X: y", " z"]),
            ((400,), [f"GET {target} HTTP/1.1", host, "X : y"]),
            ((400,), [f"GET {target} HTTP/1.1", host, "X"]),
            ((400,), [f"GET {target} HTTP/1.1", host, ": x"]),
            ((400,), [f"GET {target} HTTP/1.1", host, "X: \0"]),
            ((400,), [f"GET {target} HTTP/1.1", host, "X: a\rb"]),
            ((400,), [f"GET {target} HTTP/1.1", host, "Transfer-Encoding: chunked"]),
            ((400,), [f"GET {target} HTTP/1.1", host, "Content-Length: 5"]),
            ((400,), [f"GET {target} HTTP/1.1\nX: y", host]),
        ):
            with self.subTest(says=says, line=lines[-1][:40]):
                self.assertRefused(self.it.send("\r\n".join([*lines, "", ""]).encode()), *says)
        self.assertRefused(self.it.send(f"GET {target} HTTP/1.1\n{host}\n\n".encode()), 400)
        with self.it.connect() as connection:
            connection.shutdown(socket.SHUT_WR)
            self.assertIsNone(answer_on(connection))
        self.assertGoesOn()

    def test_c19_a_second_request_behind_the_first(self):
        """Is not looked at; the first has its answer."""
        wrong, right = self.it.request(self.it.redirect_uri + "?state=x"), self.it.request()
        answer = self.it.send(wrong + right)
        self.assertRefused(answer, 400)
        self.assertNotIn("HTTP/1.1", answer.body)
        self.assertEqual(self.exchanges(), 0)
        self.assertIn("You are logged in", self.it.send(right + wrong).body)
        self.it.end()

    def test_c19_a_request_in_pieces(self):
        with self.it.connect() as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for letter in self.it.request():
                connection.sendall(bytes([letter]))
            self.assertIn("You are logged in", answer_on(connection).body)
        self.it.end()

    def test_c20_headers_of_every_page(self):
        it = self.it
        answers = [it.callback(state="x"), it.get("/"), it.get("/", method="POST"), it.send(b"x\r\n\r\n"),
                   it.get("/", host="x"), it.get(it.target(), headers=["Origin: x"]), it.finish().page]
        self.again().callback(error="access_denied")
        self.it.end(4)
        answers.append(self.again().callback(code="x"))
        self.assertEqual([each.status for each in answers], [400, 404, 405, 400, 421, 403, 200, 200])
        for answer in answers:
            headers = dict(answer.headers)
            self.assertEqual(len(headers), len(answer.headers))
            self.assertEqual({name: headers.get(name) for name in SAFE}, SAFE)
            self.assertEqual(int(headers["content-length"]), len(answer.body.encode()))
            policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
            self.assertEqual(policy["default-src"], "'none'")
            self.assertEqual(policy["frame-ancestors"], "'none'")
            self.assertRegex(policy["style-src"], r"^'sha256-[A-Za-z0-9+/]{43}='$")
            self.assertEqual(policy.keys() - {"img-src", "base-uri", "form-action"},
                             {"default-src", "style-src", "frame-ancestors"})
            self.assertFalse(headers.keys() & {"location", "set-cookie", "refresh", "server"})
            self.assertNotRegex(answer.body, r"(?i)<script|\son\w+=|http-equiv|https?:|<a\s|<form|<img")
            self.assertIn('<link rel="icon" href="data:,">', answer.body)

    def test_c20_pages_tell_nothing_of_the_request(self):
        page = self.it.callback(state="MARK", code="MARK", error_description="MARK")
        self.assertNotIn("MARK", page.body)
        finished = self.it.finish()
        for value in [*self.provider.tokens_issued, self.it.state, "alice", "MARK"]:
            self.assertNotIn(value, finished.page.body)
            if value != "alice":
                self.assertNotIn(value, finished.err.replace(self.it.url, ""))


if __name__ == "__main__":
    unittest.main()
