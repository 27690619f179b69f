"""Batches that are submitted to a queue, and what is said when it cannot be told of them."""

import subprocess

from house import House

ITEMS = 3
SLACK = 10  # seconds that a command may take, on a machine with much to do, beside those that it waits
NOBODY_WORKS = "batchctl: warning: no batchd is running; {} is stored and waits for one\nhint: start it: batchd\n"


def short(batch):
    return batch[-8:]


def stored(batch, trouble, nobody_works=True):
    """E13, and E12 behind it."""
    text = f"batchctl: warning: {trouble}; {short(batch)} is stored, and batchd finds it without the queue\n"
    text += "hint: see when: batchctl queue status\n"
    return text + (NOBODY_WORKS.format(short(batch)) if nobody_works else "")


class Submitting(House):
    """Commands that note each run of theirs."""

    def noted(self, *options, code=0, env=None, url=None, within=60):
        if url:
            env = {**(env or {}), "BATCH_QUEUE_URL": url}
        self.rows(ITEMS)
        script = ["--", "sh", "-c", 'echo "$1" >>ledger', "sh", "{id}"]
        return self.in_time(within, "submit", "rows.csv", *options, *script, code=code, env=env)

    def in_time(self, seconds, *words, **more):
        """ctl(), for a command that has to come back by itself; it should, long before."""
        try:
            return self.ctl(*words, timeout=seconds, **more)
        except subprocess.TimeoutExpired:
            return self.fail(f"batchctl {' '.join(words)} has not come back within {seconds} s")

    def assertRan(self, times=1):
        """Each item of the last batch that was noted, so often."""
        with open(self.path("ledger"), encoding="utf-8") as ledger:
            runs = sorted(int(line) for line in ledger)
        self.assertEqual(runs, sorted(list(range(ITEMS)) * times))

    def assertStored(self, done, trouble):
        """With a status that says that no queue has it, and the words of E13."""
        self.assertEqual(done.err, stored(done.id, trouble))
        self.assertEqual(self.batch(done.id)["status"], "submitted")
