"""Uploads to the stand-in for Google Drive: in one piece, with metadata, in sessions that outlive connections."""

import os
import socket
import unittest
import urllib.parse

from drive_case import FILES, UPLOAD, DriveCase
from waiting import wait_until

UNIT = 256 * 1024


class Multipart(DriveCase):
    def test_brings_metadata_and_content(self):
        content = bytes(range(256)) + b"\r\n--b\r\n"
        said = self.multipart({"name": "a.bin", "mimeType": "image/png"}, content, fields="size,mimeType")
        self.assertEqual(said.json, {"size": str(len(content)), "mimeType": "image/png"})
        self.assertEqual(self.drive.files()[0].content, content)
        self.assertEqual(self.drive.requests("upload.multipart")[0].meta, {"name": "a.bin", "mimeType": "image/png"})

    def test_whose_boundary_is_quoted(self):
        head = b"--a b\r\nContent-Type: application/json\r\n\r\n{}\r\n"
        body = head + b"--a b\r\nContent-Type: text/plain\r\n\r\n\r\n--a b--"
        self.assertEqual(self.raw_multipart(body, 'multipart/related; boundary="a b"').status, 200)
        self.assertEqual(self.drive.files()[0].content, b"")

    def test_that_is_malformed(self):
        meta, data = b"Content-Type: application/json\r\n\r\n{}", b"Content-Type: text/plain\r\n\r\nx"
        for said, body in (("Malformed", b"\r\n--b0\r\n" + meta + b"\r\n--b0\r\n" + data + b"\r\n--b0--"),
                           ("Malformed", b"--b0\n" + meta + b"\n--b0\n" + data + b"\n--b0--"),
                           ("Malformed", b"--b0\r\n" + meta + b"\r\n--b0\r\nContent-Type: text/plain\r\nx\r\n--b0--"),
                           ("Malformed", b"--b0\r\n" + meta + b"\r\n--b0\r\n\r\nx\r\n--b0--"),
                           ("Missing end boundary", b"--b0\r\n" + meta + b"\r\n--b0\r\n" + data + b"\r\n"),
                           ("Missing end boundary", b"--b0\r\n" + meta + b"\r\n--b0\r\n" + data + b"--b0--"),
                           ("with 1 mime parts", b"--b0\r\n" + meta + b"\r\n--b0--"),
                           ("with 3 mime parts", b"--b0\r\n" + meta + (b"\r\n--b0\r\n" + data) * 2 + b"\r\n--b0--")):
            self.assertPlain(self.raw_multipart(body), 400, said)
        good = b"--b0\r\n" + meta + b"\r\n--b0\r\n" + data + b"\r\n--b0--"
        for type_ in ("multipart/related", "multipart/form-data; boundary=b0", "multipart/related; boundary="):
            self.assertPlain(self.raw_multipart(good, type_), 400, "boundary")
        self.assertRefused(self.raw_multipart(good.replace(b"application/json", b"text/plain")), 400, "badContent")
        self.assertRefused(self.raw_multipart(good.replace(b"{}", b"{")), 400, "parseError")
        self.assertEqual(self.drive.files(), [])
        self.assertEqual(self.raw_multipart(good).status, 200)

    def test_up_to_5_mib(self):
        self.assertEqual(self.multipart({}, b"x" * (5 << 20)).status, 200)
        self.assertRefused(self.multipart({}, b"x" * ((5 << 20) + 1)), 413, "uploadTooLarge")

    def test_replaces_the_content_of_a_file(self):
        id = self.multipart({"name": "a"}, b"old").json["id"]
        body = (b"--b0\r\nContent-Type: application/json\r\n\r\n{}\r\n--b0\r\nContent-Type: text/html\r\n\r\nnew\r\n"
                b"--b0--")
        said = self.ask("PATCH", f"{UPLOAD}/{id}?uploadType=multipart", body,
                        {"Content-Type": "multipart/related; boundary=b0"}, fields="id,name,mimeType,version")
        self.assertEqual(said.json, {"id": id, "name": "a", "mimeType": "text/html", "version": "2"})
        self.assertEqual([file.content for file in self.drive.files()], [b"new"])
        said = self.ask("PATCH", f"{UPLOAD}/nowhere?uploadType=media", b"x", {"Content-Type": "text/plain"})
        self.assertRefused(said, 404, "notFound")

    def test_nothing_is_made_when_the_answer_could_not_be_given(self):
        self.assertRefused(self.multipart({"name": "a"}, fields="id,link"), 400, "invalidParameter")
        self.assertEqual(self.drive.files(), [])


class OtherWays(DriveCase):
    def test_plain(self):
        said = self.ask("POST", UPLOAD + "?uploadType=media", b"hello", {"Content-Type": "text/plain"})
        self.assertEqual((said.json["name"], said.json["mimeType"]), ("Untitled", "text/plain"))

    def test_chunked_and_with_the_question_whether_to_go_on(self):
        with socket.create_connection(self.address(), timeout=30) as sock:
            sock.sendall(f"POST {UPLOAD}?uploadType=media HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {self.token}\r\n"
                         "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
                         "Content-Type: text/plain\r\n\r\n".encode())
            self.assertIn(b"100 Continue", sock.recv(1000))
            sock.sendall(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")
            self.assertIn(b"200 OK", sock.recv(1000))
        self.assertEqual(self.drive.files()[0].content, b"abcde")

    def test_of_no_known_length(self):
        with socket.create_connection(self.address(), timeout=30) as sock:
            sock.sendall(f"POST {UPLOAD} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            self.assertIn(b"411 Length Required", sock.recv(1000))

    def address(self):
        parts = urllib.parse.urlsplit(self.drive.url)
        return parts.hostname, parts.port


class Sessions(DriveCase):
    content = os.urandom(3 * UNIT + 5)

    def test_take_a_file_in_parts(self):
        size = len(self.content)
        session = self.start({"name": "a", "parents": [self.folder]}, size, fields="id,size")
        self.assertEqual(self.drive.files(), [])
        self.assertEqual(self.put(session, f"bytes */{size}").headers["Range"], None)
        said = self.put(session, f"bytes 0-{2 * UNIT - 1}/{size}", self.content[:2 * UNIT])
        self.assertEqual((said.status, said.headers["Range"], said.body), (308, f"bytes=0-{2 * UNIT - 1}", b""))
        said = self.put(session, f"bytes */{size}")
        self.assertEqual((said.status, said.headers["Range"]), (308, f"bytes=0-{2 * UNIT - 1}"))
        said = self.put(session, f"bytes {2 * UNIT}-{size - 1}/{size}", self.content[2 * UNIT:])
        (file,) = self.drive.files()
        self.assertEqual((said.status, said.json), (200, {"id": file.id, "size": str(size)}))
        self.assertEqual((file.content, file.mime_type), (self.content, "text/plain"))
        for again in (f"bytes */{size}", f"bytes 0-{size - 1}/{size}"):
            said = self.put(session, again, self.content if again[6] == "0" else b"")
            self.assertEqual((said.status, said.json["id"]), (200, file.id))
        self.assertEqual((len(self.drive.files()), self.drive.complaints), (1, []))
        self.assertEqual(self.drive.content_received(), 2 * size + self.drive.requests("upload.start")[0].received)

    def test_take_a_file_at_once(self):
        for content_range in (None, f"bytes 0-{len(self.content) - 1}/{len(self.content)}"):
            session = self.start({"name": "a"}, len(self.content))
            self.assertEqual(self.put(session, content_range, self.content).status, 200)
        self.assertEqual(self.put(self.start({}, 0), None).status, 200)
        self.assertEqual(self.put(self.start({}, 0), "bytes */0").status, 200)
        self.assertEqual([len(file.content) for file in self.drive.files()], [len(self.content)] * 2 + [0, 0])

    def test_of_unknown_size(self):
        session = self.start({"name": "a"})
        self.assertEqual(self.put(session, f"bytes 0-{UNIT - 1}/*", self.content[:UNIT]).status, 308)
        self.assertEqual(self.put(session, f"bytes {UNIT}-{UNIT + 1}/{UNIT + 2}", b"xy").status, 200)
        self.assertIn("without X-Upload-Content-Length", self.drive.complaints[0])

    def test_take_whole_units_alone_until_the_end(self):
        size = len(self.content)
        session = self.start({"name": "a"}, size)
        said = self.put(session, f"bytes 0-99/{size}", b"x" * 100)
        self.assertPlain(said, 400, "The number of bytes uploaded is required to be equal or greater than 262144")
        said = self.put(session, f"bytes 0-{UNIT + 99}/{size}", self.content[:UNIT + 100])
        self.assertEqual((said.status, said.headers["Range"]), (308, f"bytes=0-{UNIT - 1}"))
        said = self.put(session, f"bytes {UNIT + 100}-{size - 1}/{size}", self.content[UNIT + 100:])
        self.assertPlain(said, 503, f"the upload offset is {UNIT + 100} byte(s), which exceeds already uploaded size "
                         f"of {UNIT} byte(s).")
        self.assertIn(f"a part of an upload has {UNIT + 100} bytes", self.drive.complaints[0])
        said = self.put(session, f"bytes {UNIT}-{size - 1}/{size}", self.content[UNIT:])
        self.assertEqual((said.status, self.drive.files()[0].content), (200, self.content))

    def test_may_get_again_what_they_have(self):
        size = len(self.content)
        session = self.start({}, size)
        self.put(session, f"bytes 0-{2 * UNIT - 1}/{size}", self.content[:2 * UNIT])
        said = self.put(session, f"bytes {UNIT}-{size - 1}/{size}", self.content[UNIT:])
        self.assertEqual((said.status, self.drive.files()[0].content), (200, self.content))

    def test_refuse_what_does_not_fit(self):
        session = self.start({}, 10)
        for content_range, body in (("bytes 0-9", b"x" * 10), ("bytes=0-9/10", b"x" * 10), ("bytes 0-9/10", b"x" * 9),
                                    ("bytes 5-4/10", b""), ("bytes 0-10/10", b"x" * 11), ("bytes */10", b"x")):
            self.assertPlain(self.put(session, content_range, body), 400, "Failed to parse Content-Range header.")
        self.assertPlain(self.put(session, "bytes 0-4/5", b"x" * 5), 400, "The size of the upload is 10 byte(s), not 5")
        self.assertPlain(self.put(session, None, b"x" * 5), 400, "The size of the upload is 10 byte(s), not 5")
        self.assertEqual(self.put(session, "bytes 0-9/10", b"x" * 10).status, 200)

    def test_keep_what_came_when_the_connection_breaks(self):
        size = len(self.content)
        session = self.start({"name": "a"}, size)
        sock = socket.create_connection(self.drive_address(), timeout=30)
        path = session.removeprefix(self.drive.url)
        sock.sendall(f"PUT {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n"
                     f"Content-Range: bytes 0-{size - 1}/{size}\r\n\r\n".encode() + self.content[:UNIT + 100])
        sock.close()
        self.wait_for_range(session, size, f"bytes=0-{UNIT - 1}")
        said = self.put(session, f"bytes {UNIT}-{size - 1}/{size}", self.content[UNIT:])
        self.assertEqual((said.status, self.drive.files()[0].content), (200, self.content))

    def drive_address(self):
        parts = urllib.parse.urlsplit(self.drive.url)
        return parts.hostname, parts.port

    def wait_for_range(self, session, size, expected):
        wait_until(lambda: self.put(session, f"bytes */{size}").headers["Range"] == expected)

    def test_end(self):
        session = self.start({}, 10)
        self.drive.expire_sessions()
        self.assertPlain(self.put(session, "bytes */10"), 404, "Not Found")
        self.assertPlain(self.put(session + "x", "bytes */10"), 404, "Not Found")
        session = self.start({}, 10)
        self.assertEqual(self.ask("DELETE", session).status, 499)
        self.assertEqual(self.put(session, "bytes 0-9/10", b"x" * 10).status, 404)

    def test_need_no_token_but_no_wrong_one_either(self):
        session = self.start({}, 1)
        self.assertEqual(self.put(session, None, b"x", token="wrong").status, 401)
        self.assertEqual(self.put(session, None, b"x").status, 200)

    def test_replace_the_content_of_a_file(self):
        id = self.multipart({"name": "a"}, b"old").json["id"]
        session = self.start({"name": "b"}, 3, "PATCH", f"{UPLOAD}/{id}")
        self.assertEqual(self.put(session, None, b"new").json["id"], id)
        self.assertEqual([(file.name, file.content) for file in self.drive.files()], [("b", b"new")])

    def test_notice_that_their_folder_has_gone(self):
        session = self.start({"parents": [self.folder]}, 1)
        self.ask("DELETE", f"{FILES}/{self.folder}")
        self.assertRefused(self.put(session, None, b"x"), 404, "notFound")


if __name__ == "__main__":
    unittest.main()
