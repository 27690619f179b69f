#!/usr/bin/python3
"""Delivery to Google Drive with the key of a service account in GOOGLE_APPLICATION_CREDENTIALS."""

import unittest

from drive_house import ADA, DriveHouse
from wired import GOOGLE, TOKEN, Wired, tunnel

from drive import Drive


class Key(Wired, DriveHouse):
    def setUp(self):
        super().setUp()
        del self.env["BATCH_ACCESS_TOKEN_FILE"]
        self.drive = Drive(accepts=lambda token: (ADA, "drive") if token == TOKEN else None)
        self.drive.__enter__()
        self.addCleanup(self.drive.__exit__)
        self.folder = self.drive.folder(app="the app")
        self.env["BATCH_DRIVE_URL"] = self.drive.url
        self.google = self.as_google()
        self.proxy = self.serve(tunnel(self.google.port))
        self.env["HTTPS_PROXY"] = f"http://127.0.0.1:{self.proxy.port}"

    def test_of_the_environment_delivers(self):
        self.deliver("Ada", "Bob")
        self.assertDelivered("Ada", "Bob")
        self.assertEqual({each[:2] for each in self.google.asked}, {("POST", "/token")})
        self.assertEqual({each[:2] for each in self.proxy.asked}, {("CONNECT", GOOGLE + ":443")})
        self.assertNoLogin()

    def test_for_batchd_it_is_that_of_its_own_environment(self):
        self.batchd()
        batch = self.submit("Ada")
        self.finish(batch)
        self.assertDelivered("Ada")
        self.assertNowhere([TOKEN])

    def test_that_google_does_not_accept_pauses_the_batch(self):
        """No try is used up."""
        self.google.answer = deny
        self.deliver("Ada", "Bob", more=["-j", "1"], code=4)
        self.assertPaused("login", "does not accept the key of robot@")
        self.assertEqual(self.drive.files(), [])


def deny(handler):
    body = b'{"error": "invalid_grant", "error_description": "Invalid JWT Signature."}'
    handler.send_response(400)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


if __name__ == "__main__":
    unittest.main()
