"""What Google Drive refuses: each has its consequence, told apart by its reason."""

import datetime
import unittest

from drive_house import ADA, BIG, DriveHouse

BOB = "bob@example.org"
ROBOT = "robot@project.iam.gserviceaccount.com"


def until(time):
    """Seconds from now."""
    at = datetime.datetime.fromisoformat(time.replace("Z", "+00:00"))
    return (at - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


class TooFast(DriveHouse):
    """Throttled: the item is tried again, and no try is used up."""

    def test_by_every_reason_that_says_so(self):
        faults = [self.drive.fault("upload.multipart", **how) for how in (
            {"reason": "rateLimitExceeded"}, {"reason": "userRateLimitExceeded"},
            {"reason": "sharingRateLimitExceeded"}, {"reason": "dailyLimitExceeded"}, {"status": 429},
            {"status": 503, "retry_after": 1})]
        self.deliver("Ada", retries=0)
        self.assertDelivered("Ada")
        self.assertEqual([fault.hits for fault in faults], [1] * 6)
        self.assertEqual(self.items()[0]["attempts"], 1)

    def test_at_every_request_of_a_big_file(self):
        for call in ("upload.start", "upload.put"):
            self.drive.fault(call, reason="userRateLimitExceeded", retry_after=1)
        self.deliver("Ada", size=BIG)
        self.assertDelivered("Ada", size=BIG)
        self.assertEqual(self.items()[0]["attempts"], 1)
        self.assertEqual(self.drive.counters()["upload.start userRateLimitExceeded"], 1)

    def test_the_time_that_it_says_is_kept_to(self):
        for date in (False, True):
            self.drive.fault("upload.multipart", status=429, retry_after=2, date=date)
        self.deliver("Ada")
        first, second, third = (request.at for request in self.drive.requests("upload.multipart"))
        self.assertGreaterEqual(second - first, 1.9)
        self.assertGreaterEqual(third - second, 0.9)  # a date has whole seconds

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
        wrong = (-5, 10**12, "soon", "")
        for time in wrong:
            self.drive.fault("upload.multipart", status=429, retry_after=time)
        self.submit(*(f"n{number}" for number in range(len(wrong))), more=["-j", "1"])
        self.batchd()
        self.wait_until(lambda: all(item["retry_at"] or item["status"] == "done" for item in self.items()))
        waiting = [until(item["retry_at"]) for item in self.items() if item["retry_at"]]
        self.assertEqual([time for time in waiting if time > 25 * 3600], [])


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
        batch = self.submit("Ada")
        for reason in ("domainPolicy", "accessNotConfigured", "teamDriveFileLimitExceeded",
                       "numChildrenInNonRootLimitExceeded", "insufficientFilePermissions", "appNotAuthorizedToFile"):
            with self.subTest(reason=reason):
                self.drive.fault("upload.multipart", reason=reason)
                self.ctl("wait", "--start", batch, code=8)
                self.assertPaused("config")
                self.ctl("resume", batch)
        self.ctl("wait", "--start", batch)
        self.assertDelivered("Ada")

    def test_a_reason_that_nobody_knows_stops_nothing_else(self):
        """One item has failed, with Google's words."""
        self.drive.fault("upload.multipart", status=403, reason="newReason", message="Something new.")
        self.deliver("Ada", "Bob", more=["-j", "1"], code=1)
        failed, done = self.items()
        self.assertEqual((failed["status"], done["status"]), ("failed", "done"))
        self.assertEqual(failed["error"]["class"], "permanent")
        self.assertIn("Something new", failed["error"]["message"])


class Echoes(DriveHouse):
    def test_what_drive_repeats_hides_no_reason(self):
        self.drive.fault("upload.multipart", status=403, reason="rateLimitExceeded",
                         message=f"no header Authorization: Bearer {self.token} is taken")
        self.deliver("Ada", retries=0)
        self.assertDelivered("Ada")

    def test_a_token_that_drive_repeats_is_nowhere(self):
        self.drive.fault("upload.multipart", status=403, reason="newReason", message=f"{self.token} is odd")
        log = self.deliver("Ada", code=1).err + self.ctl("items", "@last", "--json").out
        self.assertIn("*** is odd", log)
        self.assertNotIn(self.token, log)
        token = self.token.encode()
        self.assertEqual([path for path, content in self.contents() if token in content], [self.path("token")])


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

    def test_one_that_is_refused_is_told_with_its_place(self):
        """And what to do ends with a command."""
        self.drive.expire(self.token)
        self.deliver("Ada", code=4)
        self.assertPaused("login", rf"Drive does not accept the access token in BATCH_ACCESS_TOKEN_FILE \({self.path('token')}\)")
        short = self.batch()["short"]
        self.assertEqual(self.batch()["reason"]["hint"], f"put a new one there; then: batchctl resume {short}")
        self.assertIn(f"batchctl resume {short}", self.ctl("status", "@last").out)

    def test_one_in_a_variable(self):
        del self.env["BATCH_ACCESS_TOKEN_FILE"]
        self.env["BATCH_ACCESS_TOKEN"] = "ya29.bad"
        self.deliver("Ada", code=4)
        self.assertPaused("login", "Drive does not accept the access token in BATCH_ACCESS_TOKEN$")
        self.assertIn("start batchd with a new one; then: batchctl resume ", self.batch()["reason"]["hint"])

    def test_a_file_that_is_not_there_uses_up_no_try(self):
        self.env["BATCH_ACCESS_TOKEN_FILE"] = self.path("tokn")
        self.deliver("Ada", "Bob", code=None)
        self.assertPaused("config", f"BATCH_ACCESS_TOKEN_FILE: there is no file {self.path('tokn')}")

    def test_none_at_all(self):
        del self.env["BATCH_ACCESS_TOKEN_FILE"]
        done = self.ctl("submit", *self.words(["Ada"]), code=4)
        self.assertEqual(done.err, "batchctl: error: delivering to Drive needs a Google login, and there is none; "
                         "nothing was stored\nhint: log in: batchctl auth login\n")
        self.assertEqual(self.ctl("status", "--json").lines(), [])
        self.assertEqual(self.drive.requests(), [])


if __name__ == "__main__":
    unittest.main()
