#!/usr/bin/python3
"""Damaged state files of any kind: each program says so and leaves them as they are, or works; none ever crashes."""

import os
import random
import shutil
import subprocess
import unittest

from house import BUILD, House

DAMAGES = 15
SEED = 50
REFUSED = 7  # state file unusable


class Damage(House):
    """A copy of one state file, with a log that is not in it yet, is damaged again and again."""

    def setUp(self):
        super().setUp()
        self.folder = os.path.dirname(self.state)
        self.rows(40)
        self.ctl("run", "-q", "rows.csv", "--", "sh", "-c", "[ $BATCH_ITEM_INDEX != 7 ]", code=1)
        self.rows(2000)
        self.ctl("submit", "rows.csv", "--hold", "--", "true")  # this and the next are in the log alone
        self.rows(4)
        self.ctl("submit", "rows.csv", "--", "true")
        self.whole = self.path("whole")
        shutil.copytree(self.folder, self.whole, ignore=shutil.ignore_patterns("*.bell", "*-shm"))
        self.random = random.Random(SEED)

    def restore(self):
        shutil.rmtree(self.folder)
        shutil.copytree(self.whole, self.folder)
        self.assertGreater(os.path.getsize(self.state + "-wal"), 100_000)

    def content(self):
        """Of the state file and its log."""
        found = {}
        for name in self.state, self.state + "-wal":
            with open(name, "rb") as file:
                found[os.path.basename(name)] = file.read()
        return found

    def try_all(self, what, with_doctor=True):
        """What each ends with; who refuses the file has not written to it."""
        codes = []
        programs = ["batchctl", "status"], ["batchctl", "items", "@last"], ["batchd", "--drain"], ["batchctl", "doctor"]
        for words in programs if with_doctor else programs[:-1]:
            before = self.content()
            done = subprocess.run(
                [os.path.join(BUILD, words[0]), *words[1:]],
                cwd=self.root, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False,
            )  # fmt: skip
            told = f"{what}: {' '.join(words)} ended with {done.returncode}\n{done.stderr.decode(errors='replace')}"
            self.assertIn(done.returncode, {0, 1, REFUSED} if "doctor" in words else {0, 3, REFUSED}, told)
            if done.returncode == REFUSED:
                self.assertIn(b": error: ", done.stderr, told)
                if b'"started"' not in done.stderr:  # batchd may meet the damage at work
                    self.assertTrue(self.content() == before, told)
            codes.append(done.returncode)
        return codes

    def flip(self, path, count, begin=0):
        with open(path, "r+b") as file:
            size = os.path.getsize(path)
            for _ in range(count):
                file.seek(self.random.randrange(begin, size))
                byte = file.read(1)[0]
                file.seek(-1, os.SEEK_CUR)
                file.write(bytes([byte ^ 1 << self.random.randrange(8)]))

    def test_flips_and_cuts_at_random_places(self):
        all_codes = []
        for n in range(DAMAGES):
            self.restore()
            path = self.state + ("-wal" if n % 3 == 2 else "")
            if n % 2:
                self.flip(path, 1 << n % 9)
            else:
                os.truncate(path, self.random.randrange(os.path.getsize(path)))
            all_codes.append(self.try_all(f"damage {n} of seed {SEED}", with_doctor=n % 4 == 0))
        self.assertIn([REFUSED, REFUSED, REFUSED, 1], all_codes)

    def test_a_header_of_zeros(self):
        self.restore()
        with open(self.state, "r+b") as file:
            file.write(bytes(100))
        os.truncate(self.state + "-wal", 0)
        self.assertEqual(self.try_all("a header of zeros"), [REFUSED, REFUSED, REFUSED, 1])

    def test_the_log_of_another_state_file(self):
        self.restore()
        other = self.path("other.db")
        for _ in range(2):
            self.ctl("submit", "--state", other, "rows.csv", "--", "true")
        shutil.copy(other + "-wal", self.state + "-wal")
        self.try_all("the log of another state file")


if __name__ == "__main__":
    unittest.main()
