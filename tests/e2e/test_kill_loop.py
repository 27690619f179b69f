"""Twenty rounds of kill_loop.py; `./dev faults` plays more."""

import unittest

from kill_loop import KillLoop  # noqa: F401  (the test case)

if __name__ == "__main__":
    unittest.main()
