"""What a file of tests says to ctest when tests of it are skipped."""

import os
import subprocess
import sys
import tempfile
import unittest

FOLDER = os.path.dirname(os.path.abspath(__file__))
FILE = """
import unittest

class A(unittest.TestCase):
    def test_one(self):
        {one}

    def test_two(self):
        {two}

class B(A):
    @classmethod
    def setUpClass(cls):
        {both}

if __name__ == "__main__":
    unittest.main()
"""
SKIP, CLASS, GOOD, BAD = "self.skipTest('so')", "raise unittest.SkipTest('so')", "pass", "self.fail()"


class Skips(unittest.TestCase):
    def status(self, no_skips, *words):
        done = subprocess.run(
            [sys.executable, "-B", *words], cwd=FOLDER, env={**os.environ, "BATCH_NO_SKIPS": no_skips},
            capture_output=True, encoding="utf-8", check=False,
        )
        return done.returncode, done.stderr

    def test_are_told_by_the_exit_status(self):
        for one, two, both, lax, strict in (
            (GOOD, GOOD, GOOD, 0, 0), (SKIP, GOOD, GOOD, 0, 1), (GOOD, GOOD, CLASS, 0, 1), (SKIP, SKIP, CLASS, 77, 1),
            (SKIP, BAD, GOOD, 1, 1), (BAD, GOOD, CLASS, 1, 1),
        ):
            with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
                file.write(FILE.format(one=one, two=two, both=both))
                file.flush()
                for no_skips, wanted in (("0", lax), ("1", strict)):
                    found, said = self.status(no_skips, "run_tests.py", file.name)
                    self.assertEqual(found, wanted, said)

    def test_of_all_at_once(self):
        for no_skips, wanted in (("", 77), ("1", 1)):
            found = self.status(no_skips, "-c", "import run_tests; run_tests.skip_all('no disk')")
            self.assertEqual(found, (wanted, "skipped: no disk\n"))


if __name__ == "__main__":
    unittest.main()
