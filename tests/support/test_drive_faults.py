"""What goes wrong with the stand-in for Google Drive, when it is told to."""

import email.utils
import http.client
import json
import threading
import time
import unittest

from drive_case import FILES, UPLOAD, DriveCase
from waiting import wait_until

UNIT = 256 * 1024
BROKEN = (ConnectionError, http.client.HTTPException)


class Answers(DriveCase):
    def test_by_reason_status_and_both_so_many_times(self):
        self.drive.fault("files.list", reason="userRateLimitExceeded", times=2)
        for _ in range(2):
            said = self.ask("GET", FILES)
            self.assertRefused(said, 403, "userRateLimitExceeded")
            self.assertEqual(said.json["error"]["errors"][0]["domain"], "usageLimits")
        self.assertEqual(self.ask("GET", FILES).status, 200)
        for how, status, reason in (({"reason": "storageQuotaExceeded"}, 403, "storageQuotaExceeded"),
                                    ({"reason": "domainPolicy"}, 403, "domainPolicy"),
                                    ({"reason": "dailyLimitExceeded"}, 403, "dailyLimitExceeded"),
                                    ({"reason": "sharingRateLimitExceeded"}, 403, "sharingRateLimitExceeded"),
                                    ({"reason": "insufficientFilePermissions"}, 403, "insufficientFilePermissions"),
                                    ({"status": 429}, 429, "rateLimitExceeded"), ({"status": 401}, 401, "authError"),
                                    ({"status": 500}, 500, "backendError"), ({"status": 502}, 502, "backendError"),
                                    ({"status": 503, "reason": "internalError"}, 503, "internalError")):
            self.drive.fault("GET *", **how)
            self.assertRefused(self.ask("GET", FILES), status, reason)
        self.assertEqual(self.drive.counters()["files.list authError"], 1)

    def test_come_with_a_time_to_wait(self):
        self.drive.fault("*", status=429, retry_after=7)
        self.assertEqual(self.ask("GET", FILES).headers["Retry-After"], "7")
        self.drive.fault("*", status=503, retry_after=60, date=True)
        date = email.utils.parsedate_to_datetime(self.ask("GET", FILES).headers["Retry-After"])
        self.assertAlmostEqual(date.timestamp(), time.time() + 60, delta=30)

    def test_of_paths_and_after_some(self):
        fault = self.drive.fault("POST /upload/*uploadType=resumable*", status=503, skip=1, times=None)
        self.assertEqual(self.multipart({}).status, 200)
        self.start({}, 1)
        for _ in range(2):
            self.assertEqual(self.ask("POST", UPLOAD + "?uploadType=resumable", {}).status, 503)
        self.assertEqual(fault.hits, 2)
        self.drive.pass_again()
        self.start({}, 1)

    def test_that_are_no_answers(self):
        self.drive.fault("*", body="json")
        self.assertRaises(json.JSONDecodeError, lambda: self.ask("GET", FILES).json)
        self.drive.fault("*", body="html")
        said = self.ask("GET", FILES)
        self.assertEqual((said.status, said.headers["Content-Type"]), (502, "text/html; charset=UTF-8"))
        self.drive.fault("*", body="html", status=200)
        self.assertEqual(self.ask("GET", FILES).status, 200)
        self.drive.fault("*", body="redirect", location="http://127.0.0.1:1/")
        said = self.ask("GET", FILES)
        self.assertEqual((said.status, said.headers["Location"]), (302, "http://127.0.0.1:1/"))
        for body, expected in (("empty", b""), ("list", b"[1, 2, 3]"), ("binary", bytes(range(256)) * 8)):
            self.drive.fault("*", body=body)
            self.assertEqual(self.ask("GET", FILES).body, expected)

    def test_although_it_was_done(self):
        self.drive.fault("upload.multipart", at="after", body="json")
        self.multipart({"name": "a"})
        self.drive.fault("upload.multipart", at="after", status=500)
        self.assertRefused(self.multipart({"name": "b"}), 500, "backendError")
        self.assertEqual([file.name for file in self.drive.files()], ["a", "b"])

    def test_without_end(self):
        for body in ("huge", "slow"):
            self.drive.fault("*", body=body)
            connection = self.connect()
            connection.request("GET", FILES, headers={"Authorization": f"Bearer {self.token}"})
            answer = connection.getresponse()
            self.assertIn(answer.read(1), b"{ ")
            self.assertGreater(answer.length, 30)
            connection.close()

    def test_before_the_client_has_sent_all(self):
        self.drive.fault("upload.multipart", at="start", reason="userRateLimitExceeded")
        said = self.multipart({})
        self.assertRefused(said, 403, "userRateLimitExceeded")
        self.assertEqual(self.drive.requests()[0].received, 0)

    def test_are_spelt_right(self):
        self.assertRaises(TypeError, self.drive.fault, "*", reson="backendError")


class Connections(DriveCase):
    def test_are_cut_before_and_after_the_file_is_made(self):
        for at, reset, names in (("start", False, []), ("before", False, []), ("before", True, []),
                                 ("after", False, ["a"]), ("after", True, ["a", "a"])):
            fault = self.drive.fault("upload.multipart", at=at, do="cut", reset=reset)
            self.assertRaises(BROKEN, self.multipart, {"name": "a"})
            self.connection.close()
            fault.wait()
            self.assertEqual([file.name for file in self.drive.files()], names)
        self.assertEqual([each.status for each in self.drive.requests()], [None] * 5)

    def test_are_cut_in_a_body(self):
        content = b"x" * (4 * UNIT)
        session = self.start({}, len(content))
        fault = self.drive.fault("upload.put", at=2 * UNIT + 10, do="cut")
        self.assertRaises(BROKEN, self.put, session, f"bytes 0-{4 * UNIT - 1}/{4 * UNIT}", content)
        self.connection.close()
        fault.wait()
        self.assertEqual(self.drive.requests("upload.put")[0].received, 2 * UNIT + 10)
        wait_until(lambda: self.put(session, f"bytes */{4 * UNIT}").headers["Range"] == f"bytes=0-{2 * UNIT - 1}")
        said = self.put(session, f"bytes {2 * UNIT}-{4 * UNIT - 1}/{4 * UNIT}", content[2 * UNIT:])
        self.assertEqual((said.status, self.drive.files()[0].content), (200, content))

    def test_are_cut_at_a_byte_of_the_file(self):
        size = 4 * UNIT
        session = self.start({}, size)
        fault = self.drive.fault("upload.put", at=3 * UNIT, of="upload", do="cut")
        for begin in (0, UNIT):
            self.assertEqual(self.put(session, f"bytes {begin}-{begin + UNIT - 1}/{size}", b"x" * UNIT).status, 308)
        self.assertRaises(BROKEN, self.put, session, f"bytes {2 * UNIT}-{size - 1}/{size}", b"x" * 2 * UNIT)
        self.connection.close()
        self.assertEqual((fault.hits, self.drive.requests("upload.put")[-1].received), (1, UNIT))
        wait_until(lambda: self.put(session, f"bytes */{size}").headers["Range"] == f"bytes=0-{3 * UNIT - 1}")

    def test_are_cut_at_the_end_of_the_file(self):
        session = self.start({"name": "a"}, UNIT + 1)
        self.drive.fault("upload.put", at="after", last=True, do="cut")
        self.assertEqual(self.put(session, f"bytes 0-{UNIT - 1}/{UNIT + 1}", b"x" * UNIT).status, 308)
        self.assertRaises(BROKEN, self.put, session, f"bytes {UNIT}-{UNIT}/{UNIT + 1}", b"x")
        self.connection.close()
        self.assertEqual(len(self.drive.files()), 1)
        self.assertEqual(self.put(session, f"bytes */{UNIT + 1}").json["name"], "a")

    def test_are_held(self):
        for at, made in ((3, 0), ("before", 0), ("after", 1)):
            fault = self.drive.fault("upload.media", at=at, do="hold")
            answers = []
            thread = threading.Thread(target=lambda answers=answers: answers.append(
                self.ask("POST", UPLOAD + "?uploadType=media", b"hello", {"Content-Type": "text/plain"})))
            before = len(self.drive.files())
            thread.start()
            fault.wait()
            self.assertEqual((len(self.drive.files()) - before, answers), (made, []))
            fault.release()
            thread.join(30)
            self.assertEqual((answers[0].status, len(self.drive.files()) - before), (200, 1))

    def test_are_slow(self):
        self.drive.fault("files.list", at="start", do="delay", seconds=0.2)
        begin = time.monotonic()
        self.assertEqual(self.ask("GET", FILES).status, 200)
        self.assertGreaterEqual(time.monotonic() - begin, 0.2)


if __name__ == "__main__":
    unittest.main()
