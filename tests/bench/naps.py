"""A plugin that sleeps 5 ms per item, two of them at a time: what batchd adds to the sleep."""

from measure import Group, Row, Sample
from place import Place

ITEMS = 2_000
WORKERS = 2
NAP = 0.005


class Naps(Group):
    rows = (Row("sleep", "5 ms of sleep per item, 2 workers, against the ideal", "s", 1.05, False),)

    def prepare(self):
        self.place = Place(self.programs, "naps")
        self.place.start()
        self.step = ("--step", f"probe-alone:nap_ms={NAP * 1000:.0f}", "-j", str(WORKERS))
        self.place.job("--args", "one", "two", *self.step)

    def close(self):
        self.place.close()

    def round(self):
        _, job = self.place.job(self.place.rows(ITEMS), *self.step)
        return {"sleep": Sample(job.wall, ITEMS * NAP / WORKERS, job.cpu / ITEMS * 1e6)}
