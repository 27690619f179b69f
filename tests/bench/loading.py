"""A submit of 1,000,000 rows: its speed, and what a working batchd notices of it."""

import subprocess

from measure import Group, Row, Sample
from place import Place

ROWS = 1_000_000


def insert_loop(place):
    done = subprocess.run(
        [place.programs.path("limit_sqlite"), "items", place.path("limit.db"), str(ROWS)],
        stdout=subprocess.PIPE,
        encoding="ascii",
        check=True,
    )
    for suffix in ("", "-wal", "-shm"):
        place.remove("limit.db" + suffix)
    wall, cpu = map(float, done.stdout.split())
    return ROWS / wall, cpu / ROWS * 1e6


class Loading(Group):
    rows = (
        Row("submit-million", "rows of a submit, against a bare loop of inserts", "/s", 0.6),
        Row(
            "commit-meanwhile",
            "worst commit of a working batchd during that submit",
            "ms",
            60,
            at_least=False,
            absolute=True,
        ),
    )

    def prepare(self):
        self.place = Place(self.programs, "loading")
        self.place.rows(ROWS)

    def close(self):
        self.place.close()

    def round(self):
        before = insert_loop(self.place)
        self.place.forget_state()
        run = self.place.submit(self.place.rows(ROWS), "--step", "probe")
        after = insert_loop(self.place)
        loop, loop_cpu = (sum(pair) / 2 for pair in zip(before, after))
        return {
            "submit-million": Sample(ROWS / run.wall, loop, run.cpu / ROWS * 1e6, loop_cpu),
            "commit-meanwhile": self.commits(),
        }

    def commits(self):
        """A batch of naps is at work all the time while the rows come in."""
        self.place.forget_state()
        self.place.start(log_level="debug")
        self.place.submit(self.place.rows(100_000), "--step", "probe-alone:nap_ms=1", "-j", "2")
        self.place.until(lambda: self.place.log("committed"))
        before = len(self.place.log("committed"))
        self.place.submit(self.place.rows(ROWS), "--step", "probe", "--hold")
        commits = self.place.log("committed")[before:]
        checkpoints = self.place.log("checkpoint")
        self.place.stop()
        times = sorted(each["ms"] for each in commits)
        worst = max((each["ms"] for each in checkpoints), default=0)
        note = f"{len(times)} commits, median {times[len(times) // 2]:.1f} ms"
        return Sample(times[-1], note=f"{note}; worst of {len(checkpoints)} checkpoints {worst:.0f} ms")
