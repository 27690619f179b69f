"""run_tests.py FILE [WORD...]: runs a file of tests as ctest wants it: what was skipped shows in the exit status.

It is 77 if nothing was tried at all.  Where everything should be there, BATCH_NO_SKIPS=1 makes a failure of whatever is
skipped."""

import os
import runpy
import sys
import unittest

SKIPPED = 77  # SKIP_RETURN_CODE of ctest
unittest_main = unittest.main


def are_failures():
    return os.environ.get("BATCH_NO_SKIPS", "0") not in ("", "0")


def skip_all(why):
    """Nothing can be tried here."""
    print(f"skipped: {why}", file=sys.stderr)
    sys.exit(1 if are_failures() else SKIPPED)


def main(*words, **options):
    """Instead of unittest.main()."""
    result = unittest_main(*words, exit=False, **options).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.skipped and are_failures():
        for test, why in result.skipped:
            print(f"skipped, and BATCH_NO_SKIPS is set: {test}: {why}", file=sys.stderr)
        sys.exit(1)
    # A class that is skipped is no test that was run.
    tests = {test.id() for test, _ in result.skipped if isinstance(test, unittest.TestCase)}
    if result.skipped and len(tests) == result.testsRun:
        sys.exit(SKIPPED)


if __name__ == "__main__":
    del sys.argv[0]
    sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
    unittest.main = main
    runpy.run_path(sys.argv[0], run_name="__main__")
