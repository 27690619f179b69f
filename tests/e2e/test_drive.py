"""Outputs are delivered to Google Drive: each once and whole, whatever breaks meanwhile."""

import os
import unittest

from drive_house import BIG, PLUGIN, DriveHouse

MIB = 1 << 20
SLACK = 1 * MIB  # of what may be sent twice when an upload is resumed: the part that was under way


class Delivery(DriveHouse):
    def test_a_small_file_comes_in_one_request(self):
        self.deliver("Ada")
        self.assertDelivered("Ada")
        (upload,) = self.drive.requests("upload.multipart")
        self.assertEqual(upload.meta["parents"], [self.folder])
        self.assertEqual(self.drive.files()[0].mime_type, "text/plain")
        self.assertNotIn("upload.start", self.drive.counters())

    def test_a_big_file_comes_in_parts(self):
        self.deliver("Ada", size=BIG)
        self.assertDelivered("Ada", size=BIG)
        self.assertNotIn("upload.multipart", self.drive.counters())
        (start,) = self.drive.requests("upload.start")
        self.assertEqual(start.headers["x-upload-content-length"], str(BIG))
        self.assertLess(self.drive.content_received(), BIG + 10_000)

    def test_at_the_border_between_the_two(self):
        for size in (5 * MIB - 1, 5 * MIB, 5 * MIB + 1):
            name = f"n{size}"
            self.deliver(name, size=size)
            self.assertEqual(self.drive.files()[-1].content, self.content(name, size))
        self.assertEqual(self.drive.complaints, [])

    def test_an_empty_file(self):
        self.deliver("Ada", size=0)
        self.assertDelivered("Ada", size=0)

    def test_results_have_the_id_and_the_link(self):
        self.deliver("Ada", "Bob", more=["-j", "1"])
        files = {file.name: file.id for file in self.drive.files()}
        for name, result in zip(("Ada.txt", "Bob.txt"), self.results(), strict=True):
            (delivery,) = result["output"]["deliveries"]
            link = f"https://drive.google.com/file/d/{files[name]}/view?usp=drivesdk"
            self.assertEqual((delivery["target"], delivery["id"]), (f"drive:{self.folder}", files[name]))
            self.assertEqual((delivery["location"], result["location"]), (link, link))

    def test_many_items_keep_their_connections(self):
        names = [f"n{i}" for i in range(60)]
        self.deliver(*names, more=["-j", "2"])
        self.assertDelivered(*names)
        self.assertLessEqual(self.drive.connections, 16)

    def test_a_folder_as_its_address_in_the_browser(self):
        self.deliver("Ada", to=f"https://drive.google.com/drive/u/0/folders/{self.folder}?usp=sharing")
        self.assertDelivered("Ada")

    def test_a_shared_drive(self):
        shared = self.drive.shared_drive(roles={"ada@example.org": "fileOrganizer"})
        self.drive.open_with(shared)
        self.deliver("Ada", to=shared)
        self.assertDelivered("Ada")
        self.assertEqual(self.drive.files()[0].drive_id, shared)

    def test_also_into_a_folder(self):
        self.deliver("Ada", more=["-d", "out"])
        self.assertDelivered("Ada")
        self.assertEqual(os.listdir(self.path("out")), ["Ada.txt"])
        (result,) = self.results()
        self.assertEqual(len(result["output"]["deliveries"]), 2)

    def test_the_token_is_nowhere_else(self):
        self.deliver("Ada", "Bob")
        token = self.token.encode()
        self.assertEqual([path for path, content in self.contents() if token in content], [self.path("token")])


class Steps(DriveHouse):
    """Whoever writes a step or a job file gets no token: where it goes is said by a delivery alone."""

    def test_no_step_uses_a_login(self):
        said = ("batchctl: error: plugin google-drive uses a login, and is no step of its own; nothing was stored\n"
                "hint: deliver with it: -d drive:ID, in a job file: deliver = \"drive:ID\"\n")
        step = f"folder={self.folder},url={self.drive.url}"
        for name in ("google-drive", PLUGIN):
            done = self.ctl("submit", "--args", "a", "--step", f"{name}:{step}", code=2)
            self.assertEqual(done.err, said)
        lines = ('rows = "people.csv"', "[[step]]", 'plugin = "google-drive"', 'folder = "x"',
                 f'url = "{self.drive.url}"')
        self.write("job.toml", "\n".join(lines))
        self.write("people.csv", "name\nAda\n")
        self.assertIn("plugin google-drive uses a login", self.ctl("submit", "job.toml", code=2).err)
        self.assertEqual(self.drive.requests(), [])


class Names(DriveHouse):
    def test_whatever_they_are(self):
        names = ["O'Hara", "Zo\u00eb \U0001f600", "it's 'quoted' and x' or name != '", "100% & more; #1", "a=b+c"]
        self.deliver(*names)
        self.assertDelivered(*names)

    def test_what_no_file_name_may_hold_becomes_a_line(self):
        """As in folders (batchctl-submit(1))."""
        self.deliver('say "hi"\nthere\\you', "b")
        self.assertEqual(set(self.delivered()), {"say _hi__there_you.txt", "b.txt"})

    def test_a_name_that_is_there_already_is_not_touched(self):
        self.deliver("Ada")
        self.deliver("Ada", "Bob", code=1, size=10)
        self.assertEqual([item["status"] for item in self.items()], ["failed", "done"])
        self.assertEqual(self.items()[0]["error"]["code"], "file_exists")
        sizes = {file.name: len(file.content) for file in self.drive.files()}
        self.assertEqual(sizes, {"Ada.txt": 2000, "Bob.txt": 10})

    def test_a_name_that_is_there_already_is_overwritten_if_that_was_said(self):
        self.deliver("Ada")
        (old,) = self.drive.files()
        self.deliver("Ada", size=10, more=["--on-collision", "overwrite"])
        (file,) = self.drive.files()
        self.assertEqual((file.id, file.content), (old.id, self.content("Ada", 10)))

    def test_a_name_that_is_there_already_gets_a_number_if_that_was_said(self):
        self.deliver("Ada")
        self.deliver("Ada", more=["--on-collision", "suffix"])
        self.assertEqual([file.name for file in self.drive.files()], ["Ada.txt", "Ada (2).txt"])

    def test_the_same_name_in_another_folder_is_another_file(self):
        other = self.drive.folder(app="the app")
        for folder in (self.folder, other):
            self.deliver("Ada", to=folder)
        self.assertEqual([file.parents for file in self.drive.files()], [[self.folder], [other]])

    def test_a_file_in_the_trash_is_none(self):
        self.deliver("Ada")
        self.drive.files()[0].trashed = True
        self.deliver("Ada")
        self.assertEqual([file.trashed for file in self.drive.files()], [True, False])

    def test_a_folder_in_the_trash_is_none(self):
        self.drive.store.by_id[self.folder].trashed = True
        batch = self.submit("Ada")
        self.batchd()
        self.wait_until(lambda: self.batch(batch)["paused"])
        self.assertPaused("config", f"the folder {self.folder} lies in Drive's bin")
        self.assertEqual(self.drive.files(), [])
        self.drive.store.by_id[self.folder].trashed = False
        self.ctl("resume", batch)
        self.finish(batch)
        self.assertDelivered("Ada")

    def test_a_folder_that_is_thrown_away_while_a_worker_lives(self):
        self.batchd()
        self.finish(self.submit("Ada"))
        self.drive.store.by_id[self.folder].trashed = True
        batch = self.submit("Bob")
        self.wait_until(lambda: self.batch(batch)["paused"])
        self.assertPaused("config", "bin")
        self.drive.store.by_id[self.folder].trashed = False
        self.ctl("resume", batch)
        self.finish(batch)
        self.assertDelivered("Ada", "Bob")


class Cuts(DriveHouse):
    """Of connections; the plugin lives on."""

    def test_in_a_small_file(self):
        cut = self.drive.fault("upload.multipart", at=1000, do="cut")
        self.deliver("Ada")
        cut.wait(0)
        self.assertDelivered("Ada")

    def test_in_a_big_file_which_goes_on_from_there(self):
        cut = self.drive.fault("upload.put", at=7 * MIB + 5, of="upload", do="cut")
        self.deliver("Ada", size=BIG)
        cut.wait(0)
        self.assertDelivered("Ada", size=BIG)
        self.assertEqual(self.drive.counters()["upload.start"], 1)
        self.assertGreaterEqual(self.drive.counters()["upload.status"], 1)
        self.assertLess(self.drive.content_received(), BIG + SLACK)

    def test_again_and_again(self):
        for at in range(1, 11):
            self.drive.fault("upload.put", at=at * MIB + at, of="upload", do="cut", reset=at % 2 == 0)
        self.deliver("Ada", size=BIG, retries=12)
        self.assertDelivered("Ada", size=BIG)
        self.assertEqual(self.drive.counters()["upload.start"], 1)
        self.assertLess(self.drive.content_received(), BIG + 10 * SLACK)

    def test_while_the_session_is_asked_for(self):
        for at in ("before", "after"):
            self.drive.fault("upload.start", at=at, do="cut")
        self.deliver("Ada", size=BIG)
        self.assertDelivered("Ada", size=BIG)

    def test_after_a_small_file_was_made_of_which_no_answer_came(self):
        cut = self.drive.fault("upload.multipart", at="after", do="cut")
        self.deliver("Ada")
        cut.wait(0)
        self.assertDelivered("Ada")
        self.assertEqual(self.results()[0]["output"]["deliveries"][0]["id"], self.drive.files()[0].id)

    def test_after_a_big_file_was_made_of_which_no_answer_came(self):
        cut = self.drive.fault("upload.put", at="after", last=True, do="cut")
        self.deliver("Ada", size=BIG)
        cut.wait(0)
        self.assertDelivered("Ada", size=BIG)
        self.assertLess(self.drive.content_received(), BIG + SLACK)

    def test_a_session_that_has_ended_is_begun_anew(self):
        self.drive.fault("upload.put", at=3 * MIB, of="upload", do="cut")
        asked = self.drive.fault("upload.status", at="start", do="hold")
        batch = self.submit("Ada", size=BIG)
        self.batchd()
        asked.wait()
        self.drive.expire_sessions()
        asked.release()
        self.finish(batch)
        self.assertDelivered("Ada", size=BIG)
        self.assertEqual(self.drive.counters()["upload.start"], 2)

    def test_nobody_is_there_for_a_while(self):
        self.drive.down()
        batch = self.submit("Ada", "Bob", retries=50)
        self.batchd()
        self.wait_until(lambda: any(item["error"] for item in self.items()))
        self.assertEqual({item["error"]["class"] for item in self.items() if item["error"]}, {"retryable"})
        self.drive.up()
        self.finish(batch)
        self.assertDelivered("Ada", "Bob")


if __name__ == "__main__":
    unittest.main()
