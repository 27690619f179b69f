"""What Google Drive refuses, and answers that are none: each has its consequence, told apart by its reason."""

import datetime
import http.server
import threading
import unittest

from drive_house import ADA, BIG, DriveHouse

BOB = "bob@example.org"
ROBOT = "robot@project.iam.gserviceaccount.com"
UPLOADS = ("upload.multipart", "upload.start", "upload.put")


def until(time):
    """Seconds from now."""
    at = datetime.datetime.fromisoformat(time.replace("Z", "+00:00"))
    return (at - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


class TooFast(DriveHouse):
    """Throttled: the item is tried again, and no try is used up."""

    def test_by_every_reason_that_says_so(self):
        for how in ({"reason": "rateLimitExceeded"}, {"reason": "userRateLimitExceeded"},
                    {"reason": "sharingRateLimitExceeded"}, {"reason": "dailyLimitExceeded"}, {"status": 429},
                    {"status": 503, "retry_after": 1}):
            with self.subTest(**how):
                fault = self.drive.fault("upload.multipart", times=2, **how)
                name = how.get("reason", str(how.get("status")))
                self.deliver(name)
                self.assertEqual((fault.hits, self.items()[0]["attempts"]), (2, 1))
        self.assertEqual(self.drive.duplicates("batchItem"), {})
        self.assertEqual(len(self.delivered()), 6)

    def test_at_every_request_of_a_big_file(self):
        for call in UPLOADS[1:]:
            self.drive.fault(call, reason="userRateLimitExceeded", retry_after=1)
        self.deliver("Ada", size=BIG)
        self.assertDelivered("Ada", size=BIG)
        self.assertEqual(self.items()[0]["attempts"], 1)
        self.assertEqual(self.drive.counters()["upload.start userRateLimitExceeded"], 1)

    def test_more_often_than_it_may_be_tried(self):
        self.drive.fault("upload.multipart", reason="userRateLimitExceeded", times=6)
        self.deliver("Ada", more=["--retries", "0"])
        self.assertDelivered("Ada")

    def test_the_time_that_it_says_is_kept_to(self):
        for date in (False, True):
            with self.subTest(date=date):
                begun = len(self.drive.requests("upload.multipart"))
                self.drive.fault("upload.multipart", status=429, retry_after=2, date=date)
                self.deliver(f"date-{date}")
                first, second = self.drive.requests("upload.multipart")[begun:]
                self.assertGreaterEqual(second.at - first.at, 0.9 if date else 1.9)  # a date has whole seconds

    def test_a_long_time_is_shown_and_the_item_waits(self):
        self.drive.fault("*", reason="userRateLimitExceeded", retry_after=600, times=None)
        self.submit("Ada")
        self.batchd()
        self.wait_until(lambda: self.items()[0]["retry_at"])
        (item,) = self.items()
        self.assertEqual((item["status"], item["attempts"], item["error"]["class"]), ("pending", 0, "throttled"))
        self.assertGreater(until(item["retry_at"]), 500)
        self.assertLess(until(item["retry_at"]), 700)

    def test_a_time_that_is_none_is_not_believed(self):
        for wrong in (-5, 10**12, "soon", ""):
            with self.subTest(retry_after=wrong):
                self.drive.fault("upload.multipart", status=429, retry_after=wrong)
                self.submit(f"wrong{wrong}")
                daemon = self.batchd()
                self.wait_until(lambda: self.items()[0]["retry_at"] or self.items()[0]["status"] == "done")
                (item,) = self.items()
                if item["retry_at"]:
                    self.assertLess(until(item["retry_at"]), 25 * 3600)
                self.ctl("cancel", "@last", code=None)
                daemon.terminate()
                daemon.wait()


class ForAPerson(DriveHouse):
    """Config: the batch is paused before its items are burnt; once it is mended, it goes on."""

    def check(self, said, mend, to=None, names=("Ada", "Bob", "Eve")):
        self.deliver(*names, to=to, code=8)
        self.assertPaused("config", said)
        self.assertLess(len(self.drive.requests()), 4 * len(names))
        mend()
        batch = self.batch()["id"]
        self.ctl("resume", batch)
        self.ctl("wait", "--start", batch)
        self.assertDelivered(*names)
        self.assertEqual({item["attempts"] for item in self.items()}, {1})

    def test_a_folder_that_is_missing(self):
        id = "1" + "x" * 32
        self.check(id, lambda: self.drive.folder(id=id, app="the app"), id)

    def test_a_folder_that_the_app_does_not_see(self):
        """With drive.file it is as if it were missing: the hint says so."""
        by_hand = self.drive.folder()
        self.deliver("Ada", to=by_hand, code=8)
        self.assertRegex(self.batch()["reason"]["hint"], r"drive\.file|--profile drive")
        self.ctl("cancel", "@last", code=None)
        self.check(by_hand, lambda: self.drive.open_with(by_hand), by_hand, ("Bob",))

    def test_a_folder_that_one_may_only_read(self):
        folder = self.drive.folder(owner=BOB, app="the app")
        self.drive.share(folder, ADA, "reader")
        self.check("write|permission", lambda: self.drive.share(folder, ADA, "writer"), folder)

    def test_a_file_that_is_no_folder(self):
        self.deliver("Ada")
        (file,) = self.drive.files()
        self.deliver("Bob", to=file.id, code=8)
        self.assertPaused("config", "folder")

    def test_no_storage_left(self):
        self.drive.limit(ADA, 100)
        self.check("storage", lambda: self.drive.limit(ADA, 10**9))

    def test_no_storage_left_for_a_big_file(self):
        self.drive.limit(ADA, BIG - 1)
        self.deliver("Ada", size=BIG, code=8)
        self.assertPaused("config", "storage")
        self.assertLess(self.drive.content_received(), 10_000)

    def test_a_service_account_has_no_storage(self):
        self.give_token(self.drive.token(ROBOT, "drive"))
        self.drive.share(self.folder, ROBOT, "writer")
        self.deliver("Ada", code=8)
        self.assertPaused("config", "[Ss]ervice")
        self.assertIn("shared drive", self.batch()["reason"]["hint"])

    def test_what_the_organisation_forbids(self):
        for reason in ("domainPolicy", "accessNotConfigured", "teamDriveFileLimitExceeded",
                       "numChildrenInNonRootLimitExceeded", "insufficientFilePermissions", "appNotAuthorizedToFile"):
            with self.subTest(reason=reason):
                self.drive.fault("upload.multipart", reason=reason, times=None)
                self.deliver("Ada", "Bob", code=8)
                self.assertPaused("config")
                self.drive.pass_again()
                self.ctl("cancel", "@last", code=None)

    def test_a_reason_that_nobody_knows_stops_nothing_else(self):
        """One item has failed, with Google's words."""
        self.drive.fault("upload.multipart", status=403, reason="newReason", message="Something new.")
        self.deliver("Ada", "Bob", more=["-j", "1"], code=1)
        failed, done = self.items()
        self.assertEqual((failed["status"], done["status"]), ("failed", "done"))
        self.assertEqual(failed["error"]["class"], "permanent")
        self.assertIn("Something new.", failed["error"]["message"])


class Logins(DriveHouse):
    """A token in a file: nothing can make it new but whoever wrote it."""

    def test_one_that_is_not_taken_any_more(self):
        self.drive.expire(self.token)
        self.deliver("Ada", "Bob", code=4)
        self.assertPaused("login")
        self.give_token(self.drive.token())
        batch = self.batch()["id"]
        self.ctl("resume", batch)
        self.ctl("wait", "--start", batch)
        self.assertDelivered("Ada", "Bob")

    def test_one_that_ends_in_the_middle(self):
        held = self.drive.fault("upload.put", at="before", do="hold", last=True)
        batch = self.submit("Ada", size=BIG)
        self.batchd()
        held.wait()
        self.drive.expire(self.token)
        held.release()
        self.wait_until(lambda: self.batch()["paused"] or self.batch()["verdict"] is not None)
        if self.batch()["paused"]:
            self.give_token(self.drive.token())
            self.ctl("resume", batch)
        self.finish(batch)
        self.assertDelivered("Ada", size=BIG)

    def test_one_that_does_not_reach(self):
        self.give_token(self.drive.token(scopes="openid email"))
        self.deliver("Ada", code=4)
        self.assertPaused("login", r"drive\.file|Drive")

    def test_none_at_all(self):
        del self.env["BATCH_ACCESS_TOKEN_FILE"]
        done = self.ctl("submit", *self.words(["Ada"]), code=4)
        self.assertEqual(done.err, "batchctl: error: delivering to Drive needs a Google login, and there is none; "
                         "nothing was stored\nhint: log in: batchctl auth login\n")
        self.assertEqual(self.ctl("status", "--json").lines(), [])
        self.assertEqual(self.drive.requests(), [])


class Answers(DriveHouse):
    """That are none: the item is tried again, and what was made all the same is found."""

    def test_servers_that_fail(self):
        for status in (500, 502, 503, 504):
            for at in ("before", "after"):
                with self.subTest(status=status, at=at):
                    self.drive.fault("upload.multipart", status=status, at=at)
                    self.deliver(f"{status}-{at}")
        for call in UPLOADS[1:]:
            self.drive.fault(call, status=503)
        self.deliver("Ada", size=BIG)
        self.assertEqual(len(self.delivered()), 9)
        self.assertEqual(self.drive.duplicates("batchItem"), {})

    def test_more_failures_than_tries(self):
        self.drive.fault("upload.multipart", status=500, times=None)
        self.deliver("Ada", more=["--retries", "2"], code=1)
        (item,) = self.items()
        self.assertEqual((item["attempts"], item["error"]["class"]), (3, "retryable"))
        self.assertEqual(item["error"]["code"], "http_500")

    def test_garbage(self):
        for body in ("json", "list", "html", "empty", "binary"):
            for at in ("before", "after"):
                with self.subTest(body=body, at=at):
                    self.drive.fault("upload.multipart", body=body, status=200, at=at)
                    self.deliver(f"{body}-{at}")
        self.assertEqual(len(self.delivered()), 10)
        self.assertEqual(self.drive.duplicates("batchItem"), {})

    def test_garbage_on_the_way_of_a_big_file(self):
        for call in ("upload.start", "upload.put"):
            for body in ("json", "html"):
                self.drive.fault(call, body=body, status=200, at="after")
        self.deliver("Ada", size=BIG, more=["--retries", "9"])
        self.assertDelivered("Ada", size=BIG)

    def test_garbage_in_the_place_of_a_list(self):
        for body in ("json", "list", "html", "empty"):
            self.drive.fault("files.list", body=body, status=200)
        self.drive.fault("upload.multipart", at="after", do="cut", times=4)
        self.deliver("Ada", more=["--retries", "12"])
        self.assertDelivered("Ada")

    def test_without_end(self):
        for body in ("huge", "slow"):
            for at in ("before", "after"):
                with self.subTest(body=body, at=at):
                    self.drive.fault("upload.multipart", body=body, at=at)
                    self.deliver(f"{body}-{at}", more=["--item-timeout", "3s"])
        self.assertEqual(len(self.delivered()), 4)

    def test_an_answer_before_all_was_sent(self):
        self.drive.fault("upload.put", at="start", reason="userRateLimitExceeded")
        self.deliver("Ada", size=BIG)
        self.assertDelivered("Ada", size=BIG)

    def test_a_redirect_leads_nowhere(self):
        """Else the token would go where the answer says."""
        asked = []

        class Elsewhere(http.server.BaseHTTPRequestHandler):
            def handle(self):
                asked.append(self.client_address)

        server = http.server.HTTPServer(("127.0.0.1", 0), Elsewhere)
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        for status in (301, 302, 307, 308):
            self.drive.fault("*", body="redirect", status=status, location=f"http://127.0.0.1:{server.server_port}/")
        self.deliver("Ada", more=["--retries", "9"])
        self.assertDelivered("Ada")
        self.assertEqual(asked, [])

    def test_a_session_elsewhere_is_not_followed(self):
        """Location of an upload must be on the server that was asked."""
        self.drive.fault("upload.start", body="redirect", status=200, location="http://127.0.0.1:1/upload?upload_id=x")
        self.deliver("Ada", size=BIG)
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
