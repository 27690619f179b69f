"""Work that goes on whatever happens to the broker, and what must be true of it afterwards."""

import re
import signal
import sqlite3
import time

from broker_house import BrokerHouse
from invariants import Invariants

from fault_proxy import FaultProxy
from rabbitmq import Depth

# Each run is noted, then waits until the file `go` is there.
GATED = 'echo "$1 $BATCH_ITEM_ATTEMPT" >>ledger; until [ -e go ]; do sleep 0.02; done; echo "$1"'


# Each run is noted, and ends when it has found a token, or the gate is open.
BY_TOKEN = """echo "$1 $BATCH_ITEM_ATTEMPT" >>ledger
until [ -e go ] || { token=$(ls tokens 2>/dev/null | head -n 1); [ "$token" ] && rm "tokens/$token" 2>/dev/null; }
do sleep 0.02; done; echo "$1\""""


class BrokerFaults(BrokerHouse, Invariants):
    def setUp(self):
        if self.broker.process.poll() is not None:
            self.broker.start()  # a test has failed while it was down
        super().setUp()
        self.env["BATCH_WORKERS_COUNT"] = "2"  # on any machine: gated_at_work() leaves none of them free

    def through_proxy(self, parameters=""):
        """From now on the programs reach the broker by way of the proxy that this returns."""
        proxy = FaultProxy(self.broker.port)
        self.addCleanup(proxy.end)
        self.env["BATCH_QUEUE_URL"] = proxy.url(self.url) + parameters
        return proxy

    # ---- the work --------------------------------------------------------------------------------

    def submit_gated(self, count, *options, name="rows.csv"):
        """Its items do not end before open_gate()."""
        self.rows(count, name)
        return self.ctl("submit", name, "-j", "2", *options, "--", "sh", "-c", GATED, "sh", "{id}").id

    def open_gate(self):
        self.write("go", "")

    def gated_at_work(self, count=6, *options):
        """A batch of which two items are at work, and wait there."""
        batch = self.submit_gated(count, *options)
        self.wait_until(lambda: len(self.ledger()) == 2)
        return batch

    def submit_by_token(self, count):
        """Its items end as let_end() says."""
        return self.ctl("submit", self.rows(count), "-j", "2", "--", "sh", "-c", BY_TOKEN, "sh", "{id}").id

    def let_end(self, batch, count):
        """So many of them more are done."""
        more = len(self.done(batch)) + count
        for number in range(count):
            self.write(f"tokens/{more}.{number}", "")
        self.wait_until(lambda: len(self.done(batch)) == more, 60)

    def at_work(self, count=60):
        """A batch in the middle of its work."""
        batch = self.submit_noted(count)
        self.wait_until(lambda: self.counts(batch)["done"] >= 3)
        return batch

    def wait_for(self, batch, seconds=60):
        self.wait_until(lambda: self.batch(batch)["verdict"] is not None, seconds)

    # ---- what is seen of it ----------------------------------------------------------------------

    def look(self, url=None, queue=None):
        """Messages, unacknowledged, consumers of a queue."""
        try:
            return self.broker.look(url or self.url, queue or self.queue)
        except sqlite3.OperationalError:
            return Depth(-1, -1, -1)  # there is no state file yet

    def consumed(self, seconds=30, **where):
        """Waits until batchd consumes, and nobody else; that it has lost a connection it must have said."""
        def is_so():
            log = self.log()
            is_connected = log.rfind('"queue_connected"') > log.rfind('"queue_lost"')
            return is_connected and self.look(**where).consumers == 1

        self.wait_until(is_so, seconds)

    def losses(self):
        """How often batchd has lost the queue."""
        return self.log().count('"queue_lost"')

    def loses_the_queue(self, before):
        """Waits until it has lost it more often than before."""
        self.wait_until(lambda: self.losses() > before, 60)

    def emptied(self, seconds=30, **where):
        self.wait_until(lambda: self.look(**where).messages == 0, seconds)

    def traffic(self):
        """What the broker has seen since its start: messages published and delivered, and the connections of now."""
        counters = self.broker.eval("rabbit_global_counters:overview()")

        def total(name):
            return sum(int(count) for count in re.findall(rf"\bmessages_{name}_total => (\d+)", counters))

        connections = self.broker.eval("rabbit_networking:connections()")
        return total("received"), total("delivered"), set(re.findall(r"<[^>]*>", connections))

    def bell(self, batch):
        """The number of its current doorbell."""
        with sqlite3.connect(f"file:{self.state}?mode=ro", uri=True) as state:
            return state.execute("SELECT bell FROM batch WHERE id = ?", [batch]).fetchone()[0]

    def claims(self):
        """How often items were claimed, in all."""
        with sqlite3.connect(f"file:{self.state}?mode=ro", uri=True) as state:
            row = state.execute("SELECT seq FROM sqlite_sequence WHERE name = 'lease'").fetchone()
        return row[0] if row else 0

    # ---- the oracle ------------------------------------------------------------------------------

    def check_quiet(self, seconds=0.5):
        """Where there is nothing to do, nothing is sent, delivered or connected: no loop goes round.  What a fault has
        set going may still come to rest."""
        seen = [self.traffic()]
        for _ in range(3):
            time.sleep(seconds)  # the time over which is measured
            seen.append(self.traffic())
            before, after = seen[-2:]
            if after[:2] == before[:2] and after[2] <= before[2]:
                return
        self.fail(f"there is no rest: {seen}")

    def check_ran_once(self, batch, count):
        self.wait_for(batch)
        self.assertEqual(self.counts(batch)["done"], count)
        self.assertEqual(sorted(self.ledger()), list(range(count)))

    def check_after(self, batch, count):
        """After a fault that batchd lived through: each item ran once, nothing is left anywhere, and batchd consumes
        as before."""
        self.check_ran_once(batch, count)
        self.consumed()
        self.emptied()
        self.check_quiet()
        self.leave()
        self.check_all(batch, count)

    def leave(self):
        daemon = self.daemons[-1]
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(timeout=60), 0, self.log())
