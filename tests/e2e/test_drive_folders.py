#!/usr/bin/python3
"""Folders within a folder of Drive: made where they are missing, each once, however many want it at the same time."""

import collections
import json
import os
import signal
import unittest

from drive_house import DriveHouse

FOLDER = "application/vnd.google-apps.folder"


class Folders(DriveHouse):
    def words(self, names, to=None, more=(), pattern="{class}/{name}", **_):
        rows = "".join(f"{name},{'7a' if number % 2 else '7b'},{number}\n" for number, name in enumerate(names))
        self.write("people.csv", "name,class,year\n" + rows)
        return ["people.csv", "-d", f"drive:{to or self.folder}", "-o", pattern, "--retries", "3",
                "--backoff", "20ms..100ms", *more, "--", "sh", "-c", 'echo "$1"', "sh", "{name}"]

    def folders(self):
        """{path: id} below the target; each path is there once."""
        found = [each for each in self.drive.store.by_id.values()
                 if each.mime_type == FOLDER and each.id != self.folder and each.parents and not each.trashed]
        paths = {self.folder: ""}
        result = collections.Counter()
        ids = {}
        for each in found:  # in the order in which they were made: those above first
            if each.parents[0] in paths:
                path = paths[each.id] = f"{paths[each.parents[0]]}{each.name}/"
                result[path] += 1
                ids[path] = each.id
        self.assertEqual([path for path, count in result.items() if count > 1], [])
        return ids

    def placed(self):
        """{path of the folder: names}"""
        where = {id: path for path, id in self.folders().items()} | {self.folder: ""}
        result = collections.defaultdict(list)
        for file in self.drive.files():
            if file.mime_type != FOLDER:
                result[where[file.parents[0]]].append(file.name)
        self.assertEqual(self.drive.complaints, [])
        return {path: sorted(names) for path, names in result.items()}

    def test_each_is_made_once(self):
        self.drive.lag(1000)  # no list knows a new one
        names = [f"n{number:02}" for number in range(24)]
        self.deliver(*names, more=["-j", "4"])
        self.assertEqual(self.placed(), {"7a/": [f"{name}.txt" for name in names[1::2]],
                                         "7b/": [f"{name}.txt" for name in names[0::2]]})
        self.deliver("late", "later", more=["-j", "2"])
        self.assertEqual(set(self.placed()), {"7a/", "7b/"})

    def test_one_in_another(self):
        self.deliver("Ada", "Bob", pattern="{class}/{year}/{name}")
        self.assertEqual(self.placed(), {"7b/0/": ["Ada.txt"], "7a/1/": ["Bob.txt"]})

    def test_one_that_is_there(self):
        there = self.drive.folder("7b", parent=self.folder, app="the app")
        self.deliver("Ada")
        self.assertEqual((self.placed(), self.folders()["7b/"]), ({"7b/": ["Ada.txt"]}, there))
        self.assertEqual(self.drive.requests("files.create"), [])

    def test_a_file_of_that_name_is_none(self):
        self.drive.file("7b", folder=self.folder)
        self.deliver("Ada")
        self.assertEqual(self.placed(), {"": ["7b"], "7b/": ["Ada.txt"]})

    def test_no_answer_comes_when_it_is_made(self):
        cut = self.drive.fault("files.create", at="after", do="cut")
        self.drive.lag(1000)
        self.deliver("Ada")
        cut.wait(0)
        self.assertEqual(self.placed(), {"7b/": ["Ada.txt"]})

    def test_nothing_came_of_it(self):
        cut = self.drive.fault("files.create", at="start", do="cut")
        self.deliver("Ada")
        cut.wait(0)
        self.assertEqual(self.placed(), {"7b/": ["Ada.txt"]})

    def test_one_that_was_thrown_away_is_made_anew(self):
        self.deliver("Ada")
        old = self.folders()["7b/"]
        self.drive.store.by_id[old].trashed = True
        self.deliver("Bob")
        self.assertNotEqual(self.folders()["7b/"], old)

    def test_one_that_was_moved_away_is_made_anew(self):
        self.deliver("Ada")
        moved = self.drive.store.by_id[self.folders()["7b/"]]
        moved.parents = [self.drive.folder("elsewhere", app="the app")]
        self.deliver("Bob")
        self.assertNotEqual(self.folders()["7b/"], moved.id)
        moved.parents, moved.name = [self.folder], "7c"
        self.deliver("Cyd")
        self.assertEqual(self.placed(), {"7b/": ["Bob.txt", "Cyd.txt"], "7c/": ["Ada.txt"]})

    def test_one_that_is_deleted_while_its_worker_lives(self):
        self.batchd()
        self.finish(self.submit("Ada"))
        old = self.folders()["7b/"]
        with self.drive.lock:
            for each in [file for file in self.drive.store.by_id.values() if old in (file.id, *file.parents)]:
                del self.drive.store.by_id[each.id]
        self.finish(self.submit("Bob"))
        self.assertEqual(self.placed(), {"7b/": ["Bob.txt"]})
        self.assertEqual(self.items()[0]["attempts"], 1)

    def test_one_that_is_thrown_away_while_its_worker_lives(self):
        self.batchd()
        self.finish(self.submit("Ada"))
        old = self.folders()["7b/"]
        with self.drive.lock:
            self.drive.store.by_id[old].trashed = True
        self.finish(self.submit("Bob"))
        new = self.folders()["7b/"]
        self.assertEqual([file.name for file in self.drive.files(new)], ["Bob.txt"])
        self.assertNotEqual(old, new)
        self.assertEqual(self.items()[0]["attempts"], 1)

    def test_all_is_thrown_away_while_a_worker_lives(self):
        self.batchd()
        self.finish(self.submit("Ada"))
        target = self.drive.store.by_id[self.folder]
        with self.drive.lock:
            target.trashed = True
        batch = self.submit("Bob")
        self.wait_until(lambda: self.batch(batch)["paused"])
        self.assertIn("bin", self.batch(batch)["reason"]["message"])
        with self.drive.lock:
            target.trashed = False
        self.ctl("resume", batch)
        self.finish(batch)
        self.assertEqual(self.placed(), {"7b/": ["Ada.txt", "Bob.txt"]})

    def test_one_that_is_made_late_is_made_once(self):
        """The worker that asked for it has died; the next one asks for the same."""
        held = self.drive.fault("files.create", do="hold")
        self.drive.lag(1000)
        batch = self.submit("Ada")
        daemon = self.batchd()
        held.wait()
        created = self.drive.fault("files.create", at="after", do="hold")
        for pid in self.plugins(daemon):
            os.kill(pid, signal.SIGKILL)
        created.wait()
        held.release()
        created.release()
        self.finish(batch)
        self.assertEqual(self.placed(), {"7b/": ["Ada.txt"]})

    def test_an_answer_with_something_missing(self):
        self.deliver("Ada")
        answer = self.drive._api.answer
        self.addCleanup(setattr, self.drive._api, "answer", answer)

        def without(request, body):
            given = answer(request, body)
            if request.call == "files.get" and "trashed" in request.target:
                given.body = json.dumps({**json.loads(given.body), "trashed": None}).encode()
            return given

        self.drive._api.answer = without
        self.deliver("Bob")
        self.assertEqual(self.placed(), {"7b/": ["Ada.txt", "Bob.txt"]})

    def test_one_that_this_login_no_longer_sees(self):
        self.deliver("Ada")
        old = self.drive.store.by_id[self.folders()["7b/"]]
        old.apps = {"another app"}
        self.deliver("Bob")
        folders = {file.name: file.parents[0] for file in self.drive.files()}
        self.assertNotEqual(folders["Bob.txt"], old.id)
        self.deliver("Cyd")
        folders = {file.name: file.parents[0] for file in self.drive.files()}
        self.assertEqual(folders["Cyd.txt"], folders["Bob.txt"])

    def test_it_may_not_be_made(self):
        self.drive.fault("files.create", reason="insufficientFilePermissions", times=None)
        batch = self.submit("Ada")
        self.batchd()
        self.wait_until(lambda: self.batch(batch)["paused"])
        self.drive.pass_again()
        self.ctl("resume", batch)
        self.finish(batch)
        self.assertEqual(self.placed(), {"7b/": ["Ada.txt"]})

    def test_notes_that_are_damaged_are_made_anew(self):
        self.deliver("Ada")
        for text in ("{", "[]", f'{{"/{self.folder}/7b": 1}}', ""):
            self.write(".local/state/batch/credentials/.drive-folders", text)
            self.deliver("Bob" + str(len(text)))
        self.assertEqual(set(self.placed()), {"7b/"})


if __name__ == "__main__":
    unittest.main()
