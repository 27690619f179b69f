"""The plugin that delivers to Google Drive and batchd are killed at the worst moments: each file is there once."""

import os
import signal
import unittest

from drive_house import KEY, DriveHouse

MIB = 1 << 20
LARGE = 6 * MIB


class Kills(DriveHouse):
    MADE = [("upload.multipart", 2000, "after", {}), ("upload.put", LARGE, "after", {"last": True})]
    PLACES = [*MADE, ("upload.multipart", 2000, 1000, {}), ("upload.multipart", 2000, "before", {}),
              ("upload.start", LARGE, "after", {}), ("upload.put", LARGE, 3 * MIB, {"of": "upload"}),
              ("upload.put", LARGE, "before", {"last": True})]

    def check(self, kill, places):
        for number, (call, size, at, more) in enumerate(places):
            with self.subTest(call=call, at=at):
                held = self.drive.fault(call, at=at, do="hold", **more)
                batch = self.submit(f"n{number}", size=size)
                daemon = self.batchd()
                held.wait()
                kill(daemon)
                held.release()
                if daemon.poll() is not None:
                    daemon = self.batchd()
                self.finish(batch)
                daemon.terminate()
                daemon.wait()
                files = [file for file in self.drive.files() if file.name == f"n{number}.txt"]
                self.assertEqual([file.content for file in files], [self.content(f"n{number}", size)])
        self.assertEqual((self.drive.duplicates(KEY), self.drive.complaints), ({}, []))

    def kill_plugin(self, daemon):
        for pid in self.plugins(daemon):
            os.kill(pid, signal.SIGKILL)

    def kill_batchd(self, daemon):
        daemon.kill()
        daemon.wait()

    def test_of_the_plugin(self):
        self.check(self.kill_plugin, self.PLACES)

    def test_of_batchd(self):
        self.check(self.kill_batchd, self.PLACES)

    def test_of_batchd_while_lists_do_not_know_the_file_yet(self):
        """Names and properties are looked up in an index that comes late; what is in a folder is known at once."""
        self.drive.lag(1000)
        self.check(self.kill_batchd, self.MADE)

    def test_of_batchd_where_lists_have_many_pages(self):
        self.drive.short_pages(1)
        others = {self.drive.file("older", folder=self.folder)}
        held = self.drive.fault("upload.multipart", at="after", do="hold")
        batch = self.submit("Ada")
        daemon = self.batchd()
        held.wait()
        self.kill_batchd(daemon)
        others.add(self.drive.file("newer", folder=self.folder))
        held.release()
        self.batchd()
        self.finish(batch)
        self.assertEqual([file.name for file in self.drive.files() if file.id not in others], ["Ada.txt"])

    def test_of_batchd_with_many_at_once(self):
        names = [f"n{i}" for i in range(40)]
        batch = self.submit(*names, more=["-j", "4"])
        for _ in range(4):
            done = len(self.drive.requests("upload.multipart"))
            daemon = self.batchd()
            self.wait_until(lambda done=done: len(self.drive.requests("upload.multipart")) > done + 3
                            or self.batch()["verdict"] is not None)
            self.kill_batchd(daemon)
        self.batchd()
        self.finish(batch)
        self.assertDelivered(*names)


if __name__ == "__main__":
    unittest.main()
