"""A program per item, two at a time, against those that only start programs."""

import os
import subprocess

from measure import Group, Row, Sample
from place import Place

ITEMS = 5_000
OF_PARALLEL = 500  # its rate does not depend on their number
TRUE = "/bin/true"


class Commands(Group):
    rows = (
        Row("exec", "-- true with 2 workers, against posix_spawn with 2", "/s", 0.80),
        Row("exec-xargs", "the same against xargs -P2", "/s", 1.0),
        Row("exec-parallel", "the same against parallel --joblog --results", "/s", 8.0),
    )

    def prepare(self):
        self.place = Place(self.programs, "commands")
        self.place.start()
        self.names = self.place.path("items.txt")
        with open(self.names, "w", encoding="ascii") as file:
            file.writelines(f"{row}\n" for row in range(ITEMS))

    def close(self):
        self.place.close()

    def spawned(self):
        program = self.programs.path("limit_spawn")
        done = subprocess.run(
            [program, str(ITEMS), "2", TRUE], stdout=subprocess.PIPE, encoding="ascii", check=True
        )
        wall, cpu = map(float, done.stdout.split())
        return ITEMS / wall, cpu / ITEMS * 1e6

    def xargs(self):
        run = self.place.run("xargs", "-a", self.names, "-P2", "-n1", TRUE)
        return ITEMS / run.wall, run.cpu / ITEMS * 1e6

    def parallel(self):
        place = self.place
        place.remove("results")
        run = place.run(
            "sh", "-c",
            f"seq {OF_PARALLEL} | parallel --will-cite -P2 --joblog {place.path('joblog')}"
            f" --results {place.path('results')} '{TRUE} #'",
        )
        recorded = len(os.listdir(place.path("results/1")))
        if recorded != OF_PARALLEL:
            raise RuntimeError(f"parallel recorded {recorded} results")
        return OF_PARALLEL / run.wall, run.cpu / OF_PARALLEL * 1e6

    def round(self):
        place = self.place
        place.job("--args", "one", "-j", "2", "--", TRUE)
        spawned = [self.spawned()]
        _, job = place.job(self.names, "-j", "2", "--", TRUE)
        spawned.append(self.spawned())
        ours = ITEMS / job.wall, job.cpu / ITEMS * 1e6
        spawned = tuple(sum(pair) / 2 for pair in zip(*spawned))
        beside = {"exec": spawned, "exec-xargs": self.xargs()}
        beside["exec-parallel"] = self.parallel()
        return {
            name: Sample(ours[0], rate, ours[1], cpu) for name, (rate, cpu) in beside.items()
        }
