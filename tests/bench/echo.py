"""100,000 items through a plugin that gives each back, against what SQLite alone can do."""

import subprocess

from measure import Group, Row, Sample
from place import Place

ITEMS = 100_000


def limit(place):
    """L: rows per second that go into the textbook table and get their output there."""
    path = place.path("limit.db")
    done = subprocess.run(
        [place.programs.path("limit_sqlite"), "textbook", path, str(ITEMS)],
        stdout=subprocess.PIPE,
        encoding="ascii",
        check=True,
    )
    for suffix in ("", "-wal", "-shm"):
        place.remove("limit.db" + suffix)
    wall, cpu = zip(*(map(float, line.split()) for line in done.stdout.splitlines()))
    return ITEMS / sum(wall), sum(cpu) / ITEMS * 1e6


class Echo(Group):
    rows = (
        Row("echo", "items through a C++ plugin, against L", "/s", 1.0),
        Row("echo-python", "items through a Python plugin, against L", "/s", 0.35),
    )

    def round(self):
        with Place(self.programs, "echo") as place:
            place.rows(ITEMS)
            place.start()
            limits = [limit(place)]
            samples = {}
            for row, plugin in (("echo", "probe"), ("echo-python", "probe-python")):
                place.job("--step", plugin, "--args", "one")
                _, job = place.job(place.rows(ITEMS), "--step", plugin)
                limits.append(limit(place))
                beside = [sum(pair) / 2 for pair in zip(*limits[-2:])]
                samples[row] = Sample(
                    ITEMS / job.wall, beside[0], job.cpu / ITEMS * 1e6, beside[1]
                )
            return samples
