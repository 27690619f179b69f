"""Answers of Google Drive that are none: the item is tried again, and what was made all the same is found."""

import unittest

from drive_house import BIG, DriveHouse

from drive import Drive


class Answers(DriveHouse):
    def spoilt(self, *ways, more=(), retries=5):
        """As many items as ways in which an upload is answered, each before and after the file is made."""
        faults = [self.drive.fault("upload.multipart", at=at, **way) for way in ways for at in ("before", "after")]
        names = [f"n{number}" for number in range(len(faults))]
        self.deliver(*names, retries=retries, more=more)
        self.assertDelivered(*names)
        self.assertEqual([fault.hits for fault in faults], [1] * len(faults))

    def test_servers_that_fail(self):
        self.spoilt(*({"status": status} for status in (500, 502, 503, 504)))

    def test_servers_that_fail_with_a_big_file(self):
        for call in ("upload.start", "upload.put"):
            for status in (500, 503):
                self.drive.fault(call, status=status)
        self.deliver("Ada", size=BIG)
        self.assertDelivered("Ada", size=BIG)

    def test_more_failures_than_tries(self):
        self.drive.fault("upload.multipart", status=500, times=None)
        self.deliver("Ada", retries=2, code=1)
        (item,) = self.items()
        self.assertEqual((item["attempts"], item["error"]["class"]), (3, "retryable"))
        self.assertEqual(item["error"]["code"], "http_500")

    def test_garbage(self):
        self.spoilt(*({"body": body, "status": 200} for body in ("json", "list", "html", "empty", "binary")))

    def test_garbage_on_the_way_of_a_big_file(self):
        for call in ("upload.start", "upload.put"):
            for body in ("json", "html"):
                self.drive.fault(call, body=body, status=200, at="after")
        self.deliver("Ada", size=BIG, retries=9)
        self.assertDelivered("Ada", size=BIG)

    def test_garbage_in_the_place_of_a_list(self):
        for body in ("json", "list", "html", "empty"):
            self.drive.fault("files.list", body=body, status=200)
        self.drive.fault("upload.multipart", at="after", do="cut", times=4)
        self.deliver("Ada", retries=12)
        self.assertDelivered("Ada")

    def test_without_end(self):
        self.spoilt({"body": "huge"}, {"body": "slow"}, more=["--item-timeout", "6s", "-j", "4"], retries=9)

    def test_an_answer_before_all_was_sent(self):
        self.drive.fault("upload.put", at="start", reason="userRateLimitExceeded")
        self.deliver("Ada", size=BIG)
        self.assertDelivered("Ada", size=BIG)

    def test_a_redirect_leads_nowhere(self):
        """Else the token would go where the answer says."""
        with Drive() as other:
            for status in (301, 302, 307, 308):
                self.drive.fault("*", body="redirect", status=status, location=other.url + "/drive/v3/files")
            self.deliver("Ada", retries=9)
            self.assertEqual(other.connections, 0)
        self.assertDelivered("Ada")

    def test_a_session_elsewhere_is_not_followed(self):
        """The address of an upload is on the server that was asked for it."""
        with Drive() as other:
            session = other.url + "/upload/drive/v3/files?uploadType=resumable&upload_id=x"
            fault = self.drive.fault("upload.start", body="redirect", status=200, location=session)
            self.deliver("Ada", size=BIG)
            self.assertEqual((fault.hits, other.connections), (1, 0))
        self.assertDelivered("Ada", size=BIG)

    def test_a_checksum_that_differs_is_noticed(self):
        """What Drive has is not what was sent."""
        for name, size in (("Ada", 2000), ("Bob", BIG)):
            self.drive.spoil(1)
            self.deliver(name, size=size)
            (file,) = [file for file in self.drive.files() if file.name == f"{name}.txt"]
            self.assertEqual(file.content, self.content(name, size))


if __name__ == "__main__":
    unittest.main()
