"""The stories of the specification, told by the real programs."""

import unittest

from transcript import Transcript


class FirstContact(Transcript):
    def test_a_wrong_word_gets_the_right_one(self):
        self.transcript("""
            [2]$ batchctl sumbit people.csv
            2| batchctl: error: there is no command "sumbit"
            2| hint: did you mean: batchctl submit
            [2]$ batchctl
            2| Usage: batchctl COMMAND [OPTIONS]
            2| hint: see what it can do: batchctl --help
        """)

    def test_run_shows_progress_on_a_terminal(self):
        self.write("people.csv", "name\n" + "Ada\n" * 12)
        self.transcript(
            """
            [0]$ batchctl run people.csv -j 1 -- sleep 0.1
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            2t| people.csv  [####################----]  10/12  6/s  about 1s left
            2| done: people.csv (0e4c2a11): 12 of 12 items done in 2.1s
            [0]$ batchctl status
            1| BATCH     NAME        STATUS  DONE   FAILED  RATE  LEFT  AGE  REASON
            1| 0e4c2a11  people.csv  done    12/12       0  -     -     2s   -
            2t| Showing the unfinished and those of the last 24 hours. Others: --all
            """,
            on="terminal",
        )


if __name__ == "__main__":
    unittest.main()
