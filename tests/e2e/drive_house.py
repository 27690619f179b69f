"""Batches that are delivered to Google Drive: a stand-in (tests/support/drive.py), and a login as a token in a file."""

import collections
import hashlib
import os

from house import BUILD, House

from drive import ADA, Drive

KEY = "batchItem"  # the app property by which a file is found again
PLUGIN = os.path.abspath(os.path.join(BUILD, "libexec/batch/plugins/google-drive"))
SMALL, BIG = 2000, 12 << 20  # multipart, resumable
MAKE = 'yes "$1" | head -c "$2" >"$3/it.txt"'


class DriveHouse(House):
    def setUp(self):
        super().setUp()
        self.drive = Drive()
        self.drive.__enter__()
        self.addCleanup(self.drive.__exit__)
        self.folder = self.drive.folder(app="the app")
        self.env["BATCH_DRIVE_URL"] = self.drive.url
        self.give_token(self.drive.token())

    def give_token(self, token):
        """What the programs send from now on."""
        self.token = token
        self.env["BATCH_ACCESS_TOKEN_FILE"] = self.write("token", token)
        os.chmod(self.path("token"), 0o600)

    # ---- delivering ------------------------------------------------------------------------------

    def words(self, names, size=SMALL, to=None, retries=3, more=()):
        """Each row's file holds its name, over and over.  Waits between tries are short."""
        self.write("people.csv", "name\n" + "".join('"' + name.replace('"', '""') + '"\n' for name in names))
        return ["people.csv", "-d", f"drive:{to or self.folder}", "-o", "{name}", "--retries", str(retries),
                "--backoff", "20ms..100ms", *more, "--", "sh", "-c", MAKE, "sh", "{name}", str(size), "{@out}"]

    def deliver(self, *names, code=0, more=(), **how):
        """batchctl run; afterwards the batch is @last."""
        return self.ctl("run", "-q", *self.words(names or ["Ada"], more=more, **how), code=code)

    def submit(self, *names, more=(), **how):
        return self.ctl("submit", *self.words(names or ["Ada"], more=more, **how)).id

    def finish(self, batch="@last", code=0):
        return self.ctl("wait", batch, code=code)

    def content(self, name, size=SMALL):
        line = name.encode() + b"\n"
        return (line * (size // len(line) + 1))[:size]

    # ---- what came of it -------------------------------------------------------------------------

    def items(self):
        return self.ctl("items", "@last", "--json").lines()

    def results(self, code=0):
        return self.ctl("results", "@last", "--json", code=code).lines()

    def delivered(self):
        """{name: content's SHA-256}; each name is there once."""
        files = self.drive.files()
        names = collections.Counter(file.name for file in files)
        self.assertEqual([name for name, count in names.items() if count > 1], [])
        return {file.name: hashlib.sha256(file.content).hexdigest() for file in files}

    def assertDelivered(self, *names, size=SMALL):
        """Each exactly once and whole, and nothing else; with nothing done that Google merely tolerates."""
        expected = {f"{name}.txt": hashlib.sha256(self.content(name, size)).hexdigest() for name in names}
        self.assertEqual(self.delivered(), expected)
        self.assertEqual(self.drive.duplicates(KEY), {})
        self.assertEqual(self.drive.complaints, [])
        for file in self.drive.files():
            self.assertIn(KEY, file.app_properties)

    def assertPaused(self, code, said="."):
        """Nobody's try was used up; `said` is a part of the reason."""
        told = self.batch()
        self.assertTrue(told["paused"], told)
        self.assertEqual(told["reason"]["code"], code)
        self.assertRegex(told["reason"]["message"], said)
        self.assertTrue(told["reason"]["hint"])
        self.assertEqual({(item["status"], item["attempts"]) for item in self.items()}, {("pending", 0)})

    # ---- processes -------------------------------------------------------------------------------

    def plugins(self, daemon):
        """Pids of the workers that deliver."""
        with open(f"/proc/{daemon.pid}/task/{daemon.pid}/children", encoding="ascii") as file:
            return [int(pid) for pid in file.read().split() if self.runs_plugin(pid)]

    @staticmethod
    def runs_plugin(pid):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                return file.read().split(b"\0")[0].decode() == PLUGIN
        except FileNotFoundError:
            return False


__all__ = ["ADA", "BIG", "KEY", "SMALL", "DriveHouse"]
