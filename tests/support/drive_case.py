"""Tests of the stand-in for Google Drive: a client that says what it is told."""

import http.client
import json
import unittest
import urllib.parse

from drive import Drive

FILES = "/drive/v3/files"
UPLOAD = "/upload/drive/v3/files"


class Said:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def reason(self):
        return self.json["error"]["errors"][0]["reason"]


class DriveCase(unittest.TestCase):
    def setUp(self):
        self.drive = Drive()
        self.drive.__enter__()
        self.addCleanup(self.drive.__exit__)
        self.folder = self.drive.folder(app="the app")
        self.token = self.drive.token()
        self.connection = self.connect()

    def connect(self):
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.drive.url).netloc, timeout=30)
        self.addCleanup(connection.close)
        return connection

    def ask(self, method, path, body=None, headers=(), token=None, **query):
        """On one connection, as long as it lasts."""
        if not path.startswith("/"):
            path = path.removeprefix(self.drive.url)
        if query:
            path += ("&" if "?" in path else "?") + urllib.parse.urlencode(query)
        given = {"Authorization": f"Bearer {token or self.token}", **dict(headers)}
        if isinstance(body, dict):
            body = json.dumps(body).encode()
            given.setdefault("Content-Type", "application/json; charset=UTF-8")
        self.connection.request(method, path, body, {name: value for name, value in given.items() if value is not None})
        answer = self.connection.getresponse()
        return Said(answer.status, answer.headers, answer.read())

    def multipart(self, meta, content=b"content", boundary="b0", **query):
        head = b"--%b\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n%b\r\n" % (
            boundary.encode(), json.dumps(meta).encode())
        body = head + b"--%b\r\nContent-Type: text/plain\r\n\r\n%b\r\n--%b--\r\n" % (
            boundary.encode(), content, boundary.encode())
        return self.raw_multipart(body, f"multipart/related; boundary={boundary}", **query)

    def raw_multipart(self, body, content_type="multipart/related; boundary=b0", **query):
        return self.ask("POST", UPLOAD + "?uploadType=multipart", body, {"Content-Type": content_type}, **query)

    def start(self, meta, size=None, method="POST", path=UPLOAD, **query):
        headers = {"X-Upload-Content-Type": "text/plain"} | ({} if size is None else {
            "X-Upload-Content-Length": str(size)})
        said = self.ask(method, path + "?uploadType=resumable", meta, headers, **query)
        self.assertEqual(said.status, 200, said.body)
        return said.headers["Location"]

    def put(self, session, content_range, body=b"", token=None):
        headers = {} if content_range is None else {"Content-Range": content_range}
        return self.ask("PUT", session, body, headers | ({} if token else {"Authorization": None}), token)

    def assertRefused(self, said, status, reason):
        self.assertEqual((said.status, said.reason), (status, reason), said.body)
        self.assertEqual(said.json["error"]["code"], status)

    def assertPlain(self, said, status, text):
        self.assertEqual((said.status, said.headers["Content-Type"]), (status, "text/plain; charset=utf-8"), said.body)
        self.assertIn(text, said.body.decode())
