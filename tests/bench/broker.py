"""Through RabbitMQ: against our own local queue, the bare library, and a large backlog."""

import os
import statistics
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(__file__), "../support"))

import peers
from amqp_client import Client
from measure import Group, Row, Sample
from place import LIMIT, Place
from rabbitmq import Broker

ITEMS = 100_000
FEW_ITEMS = 10_000
BATCHES = 10_000
EACH = 10  # items of a small batch
BACKLOG = 100_000
BEHIND_IT = 2_000  # batches whose rate is measured; with fewer waiting it would be that of who submits them
BIG = 1_000_000
SUBMITS = 20


def new_broker():
    return Broker().start()


class BrokerPlace(Place):
    """A place whose batches go through a broker."""

    def __init__(self, programs, name, broker):
        super().__init__(programs, name)
        self.url = broker.new_vhost()
        self.vhost = self.url.rsplit("/", 1)[1]
        self.broker = broker
        self.env["BATCH_QUEUE_URL"] = self.url

    def start(self, **settings):
        before = len(self.log("queue_connected"))
        super().start(**settings)
        self.until(lambda: len(self.log("queue_connected")) > before)

    def submit_many(self, batches, items):
        """By one process over one connection; the process, while it goes on."""
        os.makedirs(os.path.dirname(self.state), exist_ok=True)
        words = [self.programs.path("submit_many"), self.state, self.url, str(batches), str(items)]
        return subprocess.Popen(words, stdout=subprocess.PIPE, encoding="ascii")

    def finished(self):
        return self.ask("SELECT count(*) FROM batch WHERE status >= 3")

    def confirms(self, count):
        """Messages per second that the bare library gets confirmed one by one."""
        words = [self.programs.path("limit_amqp"), "confirms", str(self.broker.port), self.vhost]
        done = subprocess.run([*words, str(count)], stdout=subprocess.PIPE, encoding="ascii", check=True)
        return count / float(done.stdout.split()[0])


def begin_of(process):
    """When it began to submit; waits for its end."""
    try:
        out, _ = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    if process.returncode != 0:
        raise RuntimeError("submit_many failed")
    return float(out.split()[0])


class Through(Group):
    rows = (
        Row("queue-items", "100,000 items through RabbitMQ, against the local queue", "/s", 0.8),
        Row("queue-batches", "10,000 batches of 10, against bare confirms one by one", "/s", 0.35),
        Row("queue-submit", "submit of 10 items with its confirm, against a bare one", "ms", 3, False),
        Row("queue-small", "end of 10 items submitted after 1,000,000", "s", 2, False, True),
        Row("queue-back", "broker up again to consuming again", "s", 3, False, True),
    )

    def prepare(self):
        self.broker = new_broker()
        self.local = Place(self.programs, "queue-local")
        self.place = BrokerPlace(self.programs, "queue", self.broker)
        self.rows_file = self.local.rows(ITEMS)
        self.small, self.big = self.local.rows(EACH), self.local.rows(BIG)
        for place in (self.local, self.place):
            place.start()
            place.job("--step", "probe", "--args", "one")

    def close(self):
        for place in (self.local, self.place):
            place.close()
        self.broker.end()

    def items(self):
        rates = []
        for place in (self.place, self.local):
            _, job = place.job(self.rows_file, "--step", "probe")
            rates.append((ITEMS / job.wall, job.cpu / ITEMS * 1e6))
        return Sample(rates[0][0], rates[1][0], rates[0][1], rates[1][1])

    def batches(self):
        place = self.place
        limit = place.confirms(BATCHES)
        before = place.finished()
        process = place.submit_many(BATCHES, EACH)
        begin = begin_of(process)
        place.until(lambda: place.finished() == before + BATCHES)
        return Sample(BATCHES / (time.monotonic() - begin), limit)

    def submits(self):
        place = self.place
        with Client(place.url) as client:
            client.declare("limit")  # not in the time of the bare one, as it is not in ours
        once = (place.programs.path("limit_amqp"), "once", str(self.broker.port), place.vhost)
        ours = place.run("batchctl", "submit", "--quiet", self.small, "--step", "probe", times=SUBMITS)
        bare = place.run(*once, times=SUBMITS)
        return Sample(*(statistics.median(run.wall for run in runs) * 1e3 for runs in (ours, bare)))

    def beside_a_big_one(self):
        with BrokerPlace(self.programs, "queue-small", self.broker) as place:
            place.start()
            place.job("--step", "probe", "--args", "one")
            place.submit(self.big, "--step", "probe")
            submitted = place.submit(self.small, "--step", "probe")
            end = place.end_of_last()
            left = place.ask(f"SELECT total - done FROM batch WHERE total = {BIG}")
            return Sample(end - submitted.end, note=f"{left:,} of the big one were left")

    def back(self):
        place = self.place
        self.broker.stop()
        place.until(lambda: place.log("queue_lost"))
        before = len(place.log("queue_connected"))
        self.broker.start(settled=False)  # it has greeted a client
        up = time.monotonic()
        place.until(lambda: len(place.log("queue_connected")) > before)
        return Sample(time.monotonic() - up)

    def round(self):
        return {
            "queue-items": self.items(),
            "queue-batches": self.batches(),
            "queue-submit": self.submits(),
            "queue-small": self.beside_a_big_one(),
            "queue-back": self.back(),
        }


class Celery(Group):
    """The same 10,000 items through the same broker."""

    needs_peers = True
    rows = (
        Row("queue-celery", "10,000 items through RabbitMQ, against Celery, Redis results", "/s", 60),
        Row("queue-celery-sqlite", "the same, Celery with SQLite results", "/s", 250),
    )

    def prepare(self):
        self.started = []
        self.broker = new_broker()
        self.place = BrokerPlace(self.programs, "queue-celery", self.broker)
        self.place.start()
        self.place.job("--step", "probe", "--args", "one")
        sqlite = "db+sqlite:///" + self.place.path("results.db")
        self.peers = {
            "queue-celery": peers.Celery(self, broker=self.broker.new_vhost()),
            "queue-celery-sqlite": peers.Celery(self, self.broker.new_vhost(), sqlite),
        }

    def close(self):
        for each in reversed(self.started):
            each.end()
        self.place.close()
        self.broker.end()

    def round(self):
        samples = {}
        for name, peer in self.peers.items():
            _, job = self.place.job(self.place.rows(FEW_ITEMS), "--step", "probe")
            times, peer_cpu = peer.job()
            rate = FEW_ITEMS / (times["end"] - times["begin"])
            samples[name] = Sample(FEW_ITEMS / job.wall, rate, job.cpu / FEW_ITEMS * 1e6, peer_cpu)
        return samples


class Backlog(Group):
    rows = (
        Row("queue-backlog", "batches with 100,000 waiting against with 2,000", "/s", 0.85),
    )

    def prepare(self):
        self.broker = new_broker()
        self.many = BrokerPlace(self.programs, "backlog-many", self.broker)
        self.few = BrokerPlace(self.programs, "backlog-few", self.broker)
        begin_of(self.many.submit_many(BACKLOG, EACH))

    def close(self):
        for place in (self.many, self.few):
            place.close()
        self.broker.end()

    def rate(self, place):
        """Of a batchd that finds them waiting."""
        before = place.finished()
        place.start()
        place.until(lambda: place.finished() > before)
        begin, first = time.monotonic(), place.finished()
        place.until(lambda: place.finished() >= before + BEHIND_IT * 3 // 4)
        rate = (place.finished() - first) / (time.monotonic() - begin)
        place.kill()
        return rate

    def round(self):
        begin_of(self.few.submit_many(BEHIND_IT, EACH))
        many, few = self.rate(self.many), self.rate(self.few)
        note = f"{self.as_they_come(self.few):,.0f}/s while they are submitted, and hardly one waits"
        return {"queue-backlog": Sample(many, few, note=note)}

    def as_they_come(self, place):
        place.start()
        place.until(lambda: place.ask("SELECT count(*) FROM batch WHERE status < 3") == 0)
        before = place.finished()
        begin = begin_of(place.submit_many(BEHIND_IT, EACH))
        place.until(lambda: place.finished() == before + BEHIND_IT)
        rate = BEHIND_IT / (time.monotonic() - begin)
        place.kill()
        return rate
