"""The same work at 1,000, 10,000 and 1,000,000 items: memory and time per item stay."""

import meter
from measure import Group, Row, Sample
from place import Place

MIB = 1 << 20


class Size(Group):
    rows = (
        Row("memory-submit", "peak memory of submit, 1,000,000 rows against 1,000", "MiB", 1.25, False),
        Row("memory-batchd", "peak memory of batchd, 1,000,000 items against 1,000", "MiB", 1.25, False),
        Row("time-million", "time per item, 1,000,000 items against 10,000", "us", 1.25, False),
    )

    def prepare(self):
        self.place = Place(self.programs, "size")

    def close(self):
        self.place.close()

    def job(self, items):
        """Of a fresh batchd on a fresh file."""
        self.place.forget_state()
        self.place.start()
        self.place.job("--step", "probe", "--args", "one")
        submitted, job = self.place.job(self.place.rows(items), "--step", "probe")
        peak = meter.peak_memory(self.place.daemon.pid)
        self.place.stop()
        return submitted.peak / MIB, peak / MIB, job.wall / items * 1e6, job.cpu / items * 1e6

    def round(self):
        small, some, many = (self.job(items) for items in (1_000, 10_000, 1_000_000))
        return {
            "memory-submit": Sample(many[0], small[0]),
            "memory-batchd": Sample(many[1], small[1]),
            "time-million": Sample(many[2], some[2], many[3], some[3]),
        }
