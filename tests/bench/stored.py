"""What is stored already costs nothing: finished batches, open ones, and delayed retries."""

from measure import Group, Row, Sample
from place import Place

ITEMS = 10_000
BATCHES = 1_000
FINISHED_EACH = 1_000
DELAYED = 200_000
AN_HOUR = 3_600_000


class Stored(Group):
    rows = (
        Row("stored-finished", "10,000 items beside 1,000 finished batches of 1,000", "us", 1.25, False),
        Row("stored-open", "10,000 items beside 1,000 batches on hold", "us", 1.25, False),
        Row("stored-delayed", "10,000 items beside 200,000 delayed retries", "us", 1.25, False),
    )

    def prepare(self):
        self.places = {}
        for name in ("empty", "finished", "open", "delayed"):
            place = self.places[name] = Place(self.programs, f"stored-{name}")
            place.start()
            getattr(self, name)(place)

    def close(self):
        for place in self.places.values():
            place.close()

    def empty(self, place):
        pass

    def finished(self, place):
        words = ("batchctl", "submit", "--quiet", place.rows(FINISHED_EACH), "--step", "probe")
        place.run(*words, times=BATCHES)
        total = BATCHES * FINISHED_EACH
        place.until(lambda: place.ask("SELECT sum(done) FROM batch") == total)

    def open(self, place):
        words = ("batchctl", "submit", "--quiet", place.rows(10), "--step", "probe", "--hold")
        place.run(*words, times=BATCHES)

    def delayed(self, place):
        step = f"probe:later_ms={AN_HOUR}"
        place.submit(place.rows(DELAYED), "--step", step, "--backoff", "1h..2h")
        place.until(lambda: place.ask("SELECT waiting - taken FROM batch") == DELAYED)

    def job(self, name):
        place = self.places[name]
        place.job("--step", "probe", "--args", "one")
        _, job = place.job(place.rows(ITEMS), "--step", "probe")
        return job.wall / ITEMS * 1e6, job.cpu / ITEMS * 1e6

    def round(self):
        empty = self.job("empty")
        samples = {}
        for name in ("finished", "open", "delayed"):
            ours = self.job(name)
            samples[f"stored-{name}"] = Sample(ours[0], empty[0], ours[1], empty[1])
        return samples
