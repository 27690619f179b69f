#!/usr/bin/python3
"""The browser of the tests: the real xdg-open starts it, and it does what a person does."""

import glob
import os
import subprocess
import tempfile
import unittest
import zlib

from browser import Browser
from oidc import Provider
from oidc_client import DOCUMENTS, DRIVE, Client, Loopback, claims_of, parameters

provider = None


def setUpModule():
    global provider
    provider = Provider().start()
    unittest.addModuleCleanup(provider.stop)


def first_pixel(png):
    """Its red, green and blue."""
    start = png.index(b"IDAT") + 4
    return zlib.decompressobj().decompress(png[start:], 4)[1:]


class ABrowser(unittest.TestCase):
    def setUp(self):
        provider.reset()
        self.client = Client(provider)
        self.listen("127.0.0.1")
        folder = tempfile.TemporaryDirectory(prefix="batch-browser-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def listen(self, host):
        self.listener = Loopback(host)
        self.addCleanup(self.listener.close)
        self.client.redirect_uri = self.listener.url

    def open(self, url, **orders):
        """What the browser has reported, with nothing left behind."""
        browser = Browser(self.folder, **orders)
        env = {"PATH": os.environ["PATH"], "HOME": self.folder, "TMPDIR": self.folder, **browser.env}
        done = subprocess.run(
            ["xdg-open", url], env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=90, check=False
        )
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
        self.assertTrue(browser.ended())
        self.assertEqual(glob.glob(os.path.join(self.folder, "batch-browser-*")), [])
        return browser.report()

    def test_a_person_logs_in_and_sees_the_page(self):
        shots = [(390, "dark"), (1280, "light")]
        report = self.open(self.client.authorization_url(), person="bob", untick=[DRIVE], shots=shots)
        self.assertIsNone(report["error"])
        self.assertEqual((report["title"], report["text"]), ("Logged in", "You may close this window."))
        self.assertEqual((report["status"], report["log"]), (200, []))
        self.assertEqual(report["url"].split("?")[0], self.listener.url)
        (path,) = self.listener.paths
        self.assertIn("code=*&", report["url"])
        status, tokens = self.client.exchange(path)
        self.assertEqual((status, claims_of(tokens["id_token"])["email"]), (200, "bob@example.test"))
        self.assertIn(DOCUMENTS, tokens["scope"].split())
        self.assertNotIn(DRIVE, tokens["scope"].split())
        for shot in report["shots"]:
            with open(shot["file"], "rb") as file:
                picture = file.read()
            self.assertEqual((picture[:4], int.from_bytes(picture[16:20])), (b"\x89PNG", shot["width"]))
            self.assertEqual(shot["overflow"], 0)
            self.assertEqual(max(first_pixel(picture)) < 100, shot["scheme"] == "dark")

    def test_a_person_clicks_cancel(self):
        self.listen("::1")
        report = self.open(self.client.authorization_url(), deny="consent")
        self.assertEqual((report["error"], report["title"]), (None, "Logged in"))
        self.assertEqual(parameters(self.listener.paths[0])["error"], "access_denied")

    def test_it_ends_also_when_nothing_comes(self):
        provider.fault("/o/oauth2/v2/auth", hold=True)
        report = self.open(self.client.authorization_url(), seconds=2)
        self.assertEqual((report["error"], report["title"]), ("no end after 2 s", None))

    def test_nobody_waits_for_the_person(self):
        self.listener.close()
        report = self.open(self.client.authorization_url())
        self.assertEqual(report["error"], "net::ERR_CONNECTION_REFUSED")
        self.assertEqual(report["url"].split("?")[0], self.listener.url)

    def test_the_provider_refuses_the_login(self):
        report = self.open(self.client.authorization_url(redirect_uri="https://evil.example.test/"))
        self.assertEqual((report["error"], report["status"]), (None, 400))
        self.assertEqual(self.listener.paths, [])


if __name__ == "__main__":
    unittest.main()
