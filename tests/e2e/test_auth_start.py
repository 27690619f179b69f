#!/usr/bin/python3
"""The start of a login: what is random, the listener, the browser."""

import os
import socket
import subprocess
import unittest

from house import BUILD
from login_house import ALICE, DRIVE_FILE, PATIENCE, LoginHouse, in_threads, listening, wait_until
from person import Person
from ports import free_port

GOOGLE = "https://accounts.google.com"
DISCOVERY = "/.well-known/openid-configuration"
RANDOM = r"[A-Za-z0-9_-]{43}"
REUSE = (socket.SO_REUSEADDR, socket.SO_REUSEPORT)


class Start(LoginHouse):
    def test_s01_two_logins_of_one_account_at_once(self):
        logins = [self.login("--account", "work") for _ in range(2)]
        for name in ("state", "redirect_uri", "code_challenge", "nonce"):
            self.assertEqual(len({login.query[name] for login in logins}), 2, name)
        redirects = [login.redirect() for login in logins]
        pages = in_threads(lambda pair: pair[0].come_back(pair[1]), list(zip(logins, redirects)))
        self.assertEqual([(page.status, "You are logged in" in page.body) for page in pages], [(200, True)] * 2)
        for login in logins:
            login.end()
        self.assertEqual(self.accounts(), ["work"])
        self.assertLoggedIn()
        self.assertEqual(set(self.files()), {"work.json", "current", "key"})
        self.assertEqual(self.exchanges(), 2)

    def test_s02_what_is_random_never_repeats(self):
        """The verifiers too, of which the challenges are made."""
        env = {"BATCH_AUTH_ISSUER": GOOGLE}  # nobody is asked for anything before the browser comes back

        def queries(count):
            found = []
            for _ in range(count):
                login = self.login("--no-browser", env=env)
                found.append(login.query)
                login.kill()
            return found

        many = sum(in_threads(queries, [25] * 4), [])
        for name in ("state", "nonce", "code_challenge"):
            values = [query[name] for query in many]
            self.assertEqual(len(set(values)), len(values), name)
            for value in values:
                self.assertRegex(value, f"^{RANDOM}$")

    def test_s02_without_randomness_there_is_no_login(self):
        env = {"LD_PRELOAD": os.path.join(BUILD, "tests/refusals.so"), "RANDOM_REFUSED": "1"}
        self.assertIn("error: the system has no randomness\n", self.refused(1, env=env))
        self.assertEqual(self.provider.requests("/token"), [])
        self.assertNothingStored()

    def test_s02_a_verifier_has_43_letters(self):
        self.login().finish()
        verifiers = self.provider.secrets()["code_verifier"]
        self.assertTrue(verifiers)
        for verifier in verifiers:
            self.assertRegex(verifier, f"^{RANDOM}$")

    def test_s03_the_address_has_all_that_google_wants(self):
        login = self.login("--login-hint", ALICE, "--scope", "documents")
        query = login.query
        for name in ("state", "nonce", "code_challenge"):
            self.assertRegex(query.pop(name), f"^{RANDOM}$")
        self.assertRegex(query.pop("redirect_uri"), r"^http://127\.0\.0\.1:\d+/callback$")
        scopes = ["openid", "email", "profile", DRIVE_FILE, DRIVE_FILE.replace("drive.file", "documents")]
        self.assertEqual(sorted(query.pop("scope").split(" ")), sorted(scopes))
        self.assertEqual(query, {"response_type": "code", "client_id": "desktop.apps.example.test",
                                 "code_challenge_method": "S256", "access_type": "offline", "prompt": "consent",
                                 "login_hint": ALICE})
        self.assertRegex(login.url.split("?")[1], r"^[A-Za-z0-9._~%&=-]+$")
        login.finish()
        secrets = self.provider.secrets()
        for value in secrets["code_verifier"] + secrets["client_secret"]:
            self.assertNotIn(value, login.url)

    def test_s04_a_browser_that_is_back_at_once_is_served(self):
        """It is logged in there already, and everything was granted before."""
        answer = self.path("answer")
        self.browser(f"""url=$(curl -s -o /dev/null -w '%{{redirect_url}}' "$1")
query=${{url#*redirect_uri=http%3A%2F%2F127.0.0.1%3A}}
port=${{query%%%2F*}} state=${{url#*state=}}
curl -s -o /dev/null -w '%{{http_code}}' --url "http://127.0.0.1:$port/callback?error=access_denied&\
state=${{state%%&*}}&iss={self.provider.issuer}" >'{answer}'""")
        done = self.login().end(4)
        self.assertIn("access was denied", done.err)
        wait_until(lambda: os.path.exists(answer) and os.path.getsize(answer), PATIENCE, "the browser's answer")
        with open(answer, encoding="ascii") as file:
            self.assertEqual(file.read(), "200")

    def test_s05_it_listens_on_this_machine_alone(self):
        self.listens_only("127.0.0.1")
        self.listens_only("::1", "--ipv6")

    def listens_only(self, address, *words):
        """Such a login, under way.  Another program may have the same port elsewhere: then it is tried again."""
        for _ in range(5):
            login = self.login(*words)
            ours = login.port
            found = [where for where, port in listening() if port == ours]
            self.assertIn(address, found)
            if found == [address]:
                return login
        raise AssertionError(f"it listens at {found}")

    def test_s06_over_ipv6(self):
        login = self.listens_only("::1", "--ipv6")
        self.assertRegex(login.redirect_uri, r"^http://\[::1\]:\d+/callback$")
        login.finish()
        self.assertLoggedIn()

    def test_s06_on_a_machine_without_ipv4(self):
        lonely = ["unshare", "--net", "--map-root-user", "sh", "-c"]
        if subprocess.run([*lonely, "ip link set lo up"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no network of our own may be made here")
        setup = 'ip link set lo up; ip addr del 127.0.0.1/8 dev lo; exec "$@"'
        login = self.login(env={"BATCH_AUTH_ISSUER": GOOGLE}, before=[*lonely, setup, "sh"])
        self.assertRegex(login.redirect_uri, r"^http://\[::1\]:\d+/callback$")
        self.assertTrue(login.url.startswith(GOOGLE + "/o/oauth2/v2/auth?"))

    def test_s07_a_port_that_is_taken(self):
        for host, option in (("127.0.0.1", None), ("0.0.0.0", None), *(("0.0.0.0", each) for each in REUSE)):
            with self.subTest(host=host, option=option), socket.socket() as other:
                if option:
                    other.setsockopt(socket.SOL_SOCKET, option, 1)
                other.bind((host, 0))
                other.listen()
                port = other.getsockname()[1]
                said = self.refused(9, "--port", str(port))
                self.assertEqual(said, f"batchctl: error: port {port} is taken by another program\n"
                                       "hint: leave --port away: any free one will do\n")

    def test_s07_nobody_else_gets_the_port_of_a_login(self):
        login = self.login()
        for option in REUSE:
            with socket.socket() as other:
                other.setsockopt(socket.SOL_SOCKET, option, 1)
                with self.assertRaises(OSError):
                    other.bind(("127.0.0.1", login.port))
                    other.listen()

    def test_s08_another_port_each_time_and_none_afterwards(self):
        ports = set()
        for _ in range(4):
            login = self.login()
            ports.add(login.port)
            self.assertIn(("127.0.0.1", login.port), listening())
            login.callback(error="access_denied")
            login.end(4)
            self.assertTrue(login.is_deaf())
        self.assertGreater(len(ports), 2)  # chance may give one twice

    def test_s08_the_port_that_was_asked_for_and_again(self):
        """What the kernel remembers of the connections before keeps nobody out."""
        port = free_port()
        for _ in range(2):
            login = self.login("--port", str(port))
            self.assertEqual(login.redirect_uri, f"http://127.0.0.1:{port}/callback")
            login.finish()


class Browsers(LoginHouse):
    def assertGoesOn(self, **how):
        """The address stands on one line whatever the browser does, and the login succeeds."""
        login = self.login(**how)
        self.assertIn(login.url, login.text.split("\n"))
        login.finish()
        self.assertLoggedIn()
        return login

    def test_s09_it_has_one_argument_and_nothing_of_ours(self):
        login = self.login(env={"BATCH_ACCESS_TOKEN": "secret", "GOOGLE_APPLICATION_CREDENTIALS": "/x", "SEEN": "1"})
        opened = self.opened()
        self.assertEqual(opened.count, 1)
        self.assertRegex(opened.url, rf"^http://127\.0\.0\.1:\d+/start/{RANDOM}$")
        self.assertEqual(opened.fds, ["/dev/null"] * 3)
        self.assertEqual([name for name in opened.env if name.startswith(("BATCH_", "GOOGLE_"))], [])
        self.assertEqual(opened.env["SEEN"], "1")

    def test_p12_others_who_see_its_command_line_learn_nothing_that_counts(self):
        """It is led to the provider once; who comes later with the same address finds nothing."""
        login = self.login()
        opened = self.opened().url
        for name in ("state", "nonce", "code_challenge", "client_id"):
            self.assertNotIn(login.query[name], opened)
        person = Person()
        led = person.get(opened)
        self.assertEqual((led.status, led.headers["Location"], led.body), (302, login.url, ""))
        self.assertEqual(led.headers["Referrer-Policy"], "no-referrer")
        late = person.get(opened)
        self.assertEqual((late.status, late.headers["Location"]), (410, None))
        self.assertNotIn(login.query["state"], late.body)
        self.assertEqual(person.get(opened[:-1]).status, 404)
        login.finish()
        self.assertLoggedIn()

    def test_p12_no_other_user_is_led_to_the_provider(self):
        if os.geteuid() != 0:
            self.skipTest("only root can be somebody else")
        for words in ((), ("--ipv6",)):
            with self.subTest(words=words):
                login = self.login(*words)
                opened = self.opened().url
                done = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "curl", "-sg", "-o", "/dev/null", "-w",
                                       "%{http_code} %{redirect_url}", opened], capture_output=True, encoding="ascii",
                                      timeout=30, check=True)
                self.assertEqual(done.stdout, "403 ")
                if not words:  # nor by a socket of IPv6
                    mapped = opened.replace("127.0.0.1", "[::ffff:127.0.0.1]")
                    done = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "curl", "-sg", "-o", "/dev/null", "-w",
                                           "%{http_code}", "-H", f"Host: 127.0.0.1:{login.port}", mapped],
                                          capture_output=True, encoding="ascii", timeout=30, check=True)
                    self.assertEqual(done.stdout, "403")
                self.assertEqual(Person().get(opened).headers["Location"], login.url)
                login.finish()
                os.unlink(self.path("opened"))

    def test_p12_nor_is_what_fetches_pages_beforehand(self):
        login = self.login()
        opened = self.opened().url
        for header in (("Sec-Purpose", "prefetch;prerender"), ("Purpose", "prefetch"), ("Sec-Fetch-Mode", "cors")):
            self.assertEqual(Person().get(opened, headers=[header]).status, 403)
        self.assertEqual(Person().get(opened).headers["Location"], login.url)
        late = Person().get(opened)
        self.assertEqual((late.status, "This address was opened already" in late.body), (410, True))
        login.finish()

    def test_s09_it_is_missing(self):
        for name in ("setsid", "sh"):
            os.symlink(f"/usr/bin/{name}", self.path(f"bin/{name}"))
        os.unlink(self.path("bin/xdg-open"))
        login = self.assertGoesOn(env={"PATH": f"{self.path('bin')}:{BUILD}"})
        self.assertIn("Open this address in a browser on this computer (valid for 5m):\n", login.text)

    def test_s09_it_fails(self):
        self.browser("exit 3")
        self.assertGoesOn()

    def test_s09_it_hangs(self):
        """Nobody waits for it, and it stays when the login has ended: it may be the browser itself."""
        os.mkfifo(self.path("wait"))
        self.browser(f"cat '{self.path('wait')}'; echo gone >'{self.path('left')}'")
        self.assertGoesOn()
        with open(self.path("wait"), "w", encoding="ascii"):  # it reads still
            pass
        wait_until(lambda: os.path.exists(self.path("left")), PATIENCE, "the end of the browser")

    def test_s09_it_talks(self):
        self.browser("echo NOISE; echo NOISE >&2")
        self.assertNotIn("NOISE", self.assertGoesOn().text)

    def test_s09_no_shell_sees_the_address(self):
        evil = self.provider.issuer + "/o/oauth2/v2/auth?x=$(touch${IFS}pwned)`touch${IFS}pwned`';&touch pwned".replace(
            "&touch pwned", "&y='")
        self.provider.fault(DISCOVERY, patch={"authorization_endpoint": evil})
        login = self.login("--login-hint", "o'hara$(touch${IFS}pwned)&x;`id`@example.test")
        self.assertEqual(Person().get(self.opened().url).headers["Location"], login.url)
        self.assertTrue(login.url.startswith(evil + "&client_id="), login.url)
        self.assertIn("login_hint=o%27hara%24%28touch%24%7BIFS%7Dpwned%29%26x%3B%60id%60%40example.test", login.url)
        self.assertFalse(os.path.exists(self.path("pwned")))

    def test_s09_none_is_started_where_it_would_be_one_of_text(self):
        del self.env["BROWSER"]
        self.assertGoesOn()
        self.assertNotOpened()
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            login = self.login(env={name: ":7"})
            self.assertEqual(Person().get(self.opened().url).headers["Location"], login.url)
            os.unlink(self.path("opened"))

    def test_s09_none_is_wanted(self):
        login = self.login("--no-browser")
        login.finish()
        self.assertNotOpened()
        self.assertIn("Open this address in a browser on this computer (valid for 5m):\n", login.text)

    def test_s10_over_ssh(self):
        for name in ("SSH_CONNECTION", "SSH_TTY"):
            login = self.login(env={name: "192.0.2.1 50000 192.0.2.2 22", "DISPLAY": ":10"})
            login.wait_for("paste the address of the page that then fails to load: $")
            first, command, url, paste = login.text.split("\n")
            self.assertEqual(first, "This is a remote shell, so no browser opens here. Run this on your own computer, "
                                    "then open the address there:")
            self.assertRegex(command, rf"^    ssh -N -L {login.port}:127\.0\.0\.1:{login.port} \S+@\S+$")
            self.assertEqual(url, login.url)
            self.assertEqual(paste, "Or open it anywhere, and paste the address of the page that then fails to load: ")
            login.finish()
            self.assertNotOpened()

    def test_s11_without_a_person(self):
        words = ["auth", "login", "--client-file", self.client_file]
        for stdin in (None, "", "y\n"):
            done = self.ctl(*words, code=4, stdin=stdin)
            self.assertEqual((done.out, done.err), ("", "batchctl: error: a login needs a person at a terminal, and there "
                             "is none\nhint: log in once by hand, use a service account or BATCH_ACCESS_TOKEN_FILE: man "
                             "batchctl-auth-login\n"))
        self.assertIn("there is none", self.refused(4, "--no-input"))
        self.assertEqual(self.provider.requests(), [])


if __name__ == "__main__":
    unittest.main()
