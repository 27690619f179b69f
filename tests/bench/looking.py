"""batchctl status, the whole process: with nothing, with 1,000,000 items, after a big submit."""

import statistics
import subprocess

from measure import Group, Row, Sample
from place import Place

TIMES = 40
MANY = 1_000_000


def libraries(program):
    done = subprocess.run(
        ["readelf", "-d", program], stdout=subprocess.PIPE, encoding="utf-8", check=True
    )
    return sorted(line.split("[")[1] for line in done.stdout.splitlines() if "(NEEDED)" in line)


class Looking(Group):
    rows = (
        Row("status", "batchctl status, against an empty program", "ms", 2.2, False),
        Row("status-million", "status with 1,000,000 items stored against 10", "ms", 1.2, False),
        Row("status-left", "status after a submit of 1,000,000 rows without batchd", "ms", 1.2, False),
    )

    def prepare(self):
        self.places = {}
        self.empty = self.programs.path("empty")
        if libraries(self.empty) != libraries(f"{self.programs.build}/batchctl"):
            raise RuntimeError("tests/bench/CMakeLists.txt: empty has other libraries than batchctl")
        for name, items, worked in (("few", 10, True), ("million", MANY, True), ("left", MANY, False)):
            place = self.places[name] = Place(self.programs, f"looking-{name}")
            if worked:
                place.start()
                place.job(place.rows(items), "--step", "probe")
                place.stop()
            else:
                place.submit(place.rows(items), "--step", "probe")

    def close(self):
        for place in self.places.values():
            place.close()

    def time(self, place, *words):
        runs = place.run(*words, times=TIMES)
        return (
            statistics.median([run.wall for run in runs]) * 1e3,
            statistics.median([run.cpu for run in runs]) * 1e6,
        )

    def round(self):
        empty = self.time(self.places["few"], self.empty)
        few, million, left = (
            self.time(self.places[name], "batchctl", "status") for name in ("few", "million", "left")
        )

        def sample(ours, other):
            return Sample(ours[0], other[0], ours[1], other[1])

        return {
            "status": sample(few, empty),
            "status-million": sample(million, few),
            "status-left": sample(left, few),
        }
