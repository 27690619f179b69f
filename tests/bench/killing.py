"""kill -9 of batchd in the middle of a batch, 20 times: what is done again, what is lost."""

import collections
import random

from measure import Group, Row, Sample
from place import Place

ITEMS = 200_000
KILLS = 20


class Killing(Group):
    rows = (
        Row("killed-again", "items begun again per kill -9, against those in flight", "", 1.0, False),
        Row("killed-lost", "items lost, or begun again though recorded", "", 0, False, True),
    )
    rounds = 1

    def round(self):
        with Place(self.programs, "killing") as place:
            return Story(place).tell()


class Story:
    def __init__(self, place):
        self.place = place
        self.journal = place.path("journal")
        self.in_flight = 0
        self.wrong = 0
        self.begun_before = collections.Counter()
        self.settled = {}  # how often the items with a record had been begun

    def begun(self):
        """How often each item came to a plugin, by its index."""
        with open(self.journal, encoding="ascii") as file:
            return collections.Counter(map(int, file.read().split()))

    def recorded(self):
        database = self.place.open()
        found = {row[0] & 0xFFFFFFFF for row in database.execute("SELECT id FROM result")}
        database.close()
        return found

    def look(self):
        begun, recorded = self.begun(), self.recorded()
        self.wrong += sum(begun[index] != times for index, times in self.settled.items())
        self.settled = {index: begun[index] for index in recorded}
        return begun, recorded

    def kill(self, done):
        place = self.place
        place.until(lambda: place.ask("SELECT count(*) FROM result") >= done)
        place.kill()
        begun, recorded = self.look()
        self.in_flight += len((begun - self.begun_before).keys() - recorded)
        self.begun_before = begun
        place.start()

    def tell(self):
        place, chance = self.place, random.Random(20)
        place.start()
        place.submit(place.rows(ITEMS), "--step", f"probe:journal={self.journal}", "-j", "2")
        for number in range(KILLS):
            self.kill((number + chance.random()) * ITEMS / (KILLS + 1))
        place.end_of_last()
        begun, recorded = self.look()
        again = sum(begun.values()) - len(begun)
        lost = ITEMS - len(recorded & begun.keys())
        note = f"{again:,} of {ITEMS:,} again in {KILLS} kills, {self.in_flight:,} were in flight"
        return {
            "killed-again": Sample(again / KILLS, self.in_flight / KILLS, note=note),
            "killed-lost": Sample(lost + self.wrong),
        }
