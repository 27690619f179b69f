#!/usr/bin/python3
"""Real NestJS services on the other side of the queue, version 9 and 10."""

import json
import os
import shutil
import subprocess
import unittest
import uuid

from broker_faults import BrokerFaults
from house import SOURCE

import certificates
from rabbitmq import Broker, vhost_of

PEERS = os.path.join(SOURCE, "tests/peers/nestjs")
SECONDS = 60


def node():
    return shutil.which("node") or "/usr/bin/node"


class Nest(BrokerFaults):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker(certificate=certificates.server()).start()
        cls.addClassCleanup(cls.broker.end)

    def setUp(self):
        super().setUp()
        self.peer_env = {"PATH": self.env["PATH"], "HOME": self.root, "RMQ_URL": self.url}

    def installed(self, version):
        folder = os.path.join(SOURCE, f"build/peers/nestjs-{version}")
        if not os.path.exists(os.path.join(folder, "node_modules/.package-lock.json")):
            self.skipTest(f"NestJS {version} is not in build/peers: ./dev test installs it")
        if not os.access(node(), os.X_OK):
            self.skipTest("node is missing (package nodejs)")
        return folder

    def start_peer(self, program, version, queue, *words):
        peer = subprocess.Popen(
            [node(), os.path.join(PEERS, program), "--nest", self.installed(version), "--queue", queue,
             "--timeout", str(SECONDS), *words],
            env=self.peer_env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        )
        self.addCleanup(lambda: peer.poll() is None and (peer.kill(), peer.communicate()))
        return peer

    def ended(self, peer):
        """The lines that it has printed."""
        out, err = peer.communicate(timeout=SECONDS + 30)
        self.assertEqual(peer.returncode, 0, out + err)
        return [json.loads(line) for line in out.splitlines()]

    def produce(self, version, queue, *words):
        """By batch."""
        return {line["batchId"]: line for line in self.ended(self.start_peer("producer.cjs", version, queue, *words))}

    # ---- Nest rings, batchd works ----------------------------------------------------------------

    def silently(self, count, name):
        """A batch whose own doorbell goes elsewhere."""
        words = ("submit", self.rows(count, name), "--", "sh", "-c", "echo $0 >>rung", "{id}")
        return self.ctl(*words, env={"BATCH_QUEUE_NAME": "elsewhere"}).id

    def rings(self, version):
        self.installed(version)
        self.env["BATCH_QUEUE_NAME"] = "documents"
        self.batchd()
        first = self.gated_at_work(2)
        # While no worker is free batchd takes up one batch a second by itself, and these come first: they are enough
        # for longer than the producer may take.
        before = [self.silently(1, "one.csv") for _ in range(SECONDS + 40)]
        batches = [self.silently(3, f"rows{number}.csv") for number in range(3)]
        said = self.produce(version, "documents", "emit", *batches)
        self.assertEqual(said, {batch: {"batchId": batch, "emitted": True} for batch in batches})
        self.wait_until(lambda: all(self.counts(batch)["running"] > 0 for batch in batches))
        self.assertEqual(self.counts(before[-1])["running"], 0)
        self.ctl("cancel", *before)
        self.open_gate()
        self.check_ran_once(first, 2)
        for batch in batches:
            self.wait_for(batch)
            self.assertEqual(self.counts(batch)["done"], 3)
        self.emptied(queue="documents")
        self.assertNotIn('"message_rejected"', self.log())
        self.check_quiet()

    def rings_over_tls(self, version):
        """Each side knows the authority by a setting of its own, and trusts nobody without."""
        self.installed(version)
        authority = certificates.authority().cert
        url = f"{self.broker.tls_url}/{vhost_of(self.url)}"
        self.env.update(BATCH_QUEUE_URL=url, BATCH_QUEUE_CA_FILE=authority)
        self.peer_env["RMQ_URL"] = url
        self.ctl("queue", "declare", env={"BATCH_QUEUE_NAME": "documents"})
        peer = self.start_peer("producer.cjs", version, "documents", "emit", str(uuid.uuid4()))
        self.assertIn("certificate", peer.communicate(timeout=SECONDS + 30)[1])
        self.assertEqual(peer.returncode, 1)
        self.peer_env["NODE_EXTRA_CA_CERTS"] = authority
        self.rings(version)

    def asks(self, version):
        self.installed(version)
        self.env["BATCH_QUEUE_NAME"] = "documents"
        self.batchd()
        batch, unknown = self.submit_gated(2), str(uuid.uuid4())
        said = self.produce(version, "documents", "send", batch, unknown, "nonsense")
        # When it is accepted, long before it is done.
        self.assertEqual(said[batch], {"batchId": batch, "responses": [{"batchId": batch}]})
        self.assertIsNone(self.batch(batch)["verdict"])
        self.assertIn("no batch has this id", said[unknown]["err"])
        self.assertIn("batchId", said["nonsense"]["err"])
        self.wait_until(lambda: self.look(queue="documents.dead").messages == 2)
        self.open_gate()
        self.check_ran_once(batch, 2)
        self.emptied(queue="documents")
        self.check_quiet()

    def asks_for_something_else(self, version):
        """Nest's own services answer that, too."""
        self.installed(version)
        self.env["BATCH_QUEUE_NAME"] = "documents"
        self.batchd()
        batch = str(uuid.uuid4())
        said = self.produce(version, "documents", "--pattern", "other", "--timeout", "10", "send", batch)
        self.assertIn("process-batch", said[batch]["err"])

    def rings_at_the_old_queue(self, version):
        """As the service that this one succeeds has declared it; what it has sent before waits there."""
        self.installed(version)
        self.env.update(BATCH_QUEUE_NAME="docs", BATCH_QUEUE_DECLARE="false")
        batch = self.submit_noted(3)
        self.produce(version, "docs", "--declare", "transient", "emit", batch)
        self.start()
        self.check_ran_once(batch, 3)
        self.emptied(queue="docs")
        self.consumed(queue="docs")
        self.produce(version, "docs", "--declare", "transient", "emit", batch)
        said = self.produce(version, "docs", "--declare", "transient", "send", batch)
        self.assertEqual(said[batch]["responses"], [{"batchId": batch}])
        self.emptied(queue="docs")
        self.assertNotIn('"message_rejected"', self.log())
        self.check_quiet()

    # ---- batchctl rings, Nest works --------------------------------------------------------------

    def hears(self, version, *words, **env):
        self.installed(version)
        self.env.update(BATCH_QUEUE_ENVELOPE="nestjs", BATCH_QUEUE_NAME="documents", **env)
        if not words:
            self.ctl("queue", "declare")
        peer = self.start_peer("consumer.cjs", version, "documents", "--event", "--count", "3", *words)
        self.assertEqual(json.loads(peer.stdout.readline()), {"listening": "documents"})
        self.wait_until(lambda: self.look(queue="documents").consumers == 1, SECONDS)
        batches = [self.ctl("submit", self.rows(2), "--step", "echo").id for _ in range(3)]
        self.assertEqual([self.batch(batch)["status"] for batch in batches], ["queued"] * 3)
        heard = self.ended(peer)
        self.assertEqual([line["pattern"] for line in heard], ["process-batch"] * 3)
        self.assertEqual([line["data"] for line in heard], [{"batchId": batch} for batch in batches])
        for line in heard:
            self.assertEqual(line["properties"]["headers"], {"x-bell": 1, "x-state": self.state_id()})
            self.assertEqual(line["properties"]["contentType"], "application/json")
            self.assertFalse(line["redelivered"])
        self.emptied(queue="documents")

    def hears_at_the_old_queue(self, version):
        self.hears(version, "--declare", "transient", BATCH_QUEUE_DECLARE="false")


def add_tests():
    sentences = {
        "an_event_wakes_batchd": Nest.rings,
        "a_request_is_answered_when_it_is_accepted": Nest.asks,
        "a_request_for_something_else_is_answered_too": Nest.asks_for_something_else,
        "events_and_requests_through_the_old_queue": Nest.rings_at_the_old_queue,
        "a_worker_hears_batchctl": Nest.hears,
        "a_worker_hears_batchctl_at_the_old_queue": Nest.hears_at_the_old_queue,
    }
    for version in (9, 10):
        for sentence, scenario in sentences.items():
            setattr(Nest, f"test_{version}_{sentence}", lambda self, s=scenario, v=version: s(self, v))
    Nest.test_10_an_event_wakes_batchd_over_tls = lambda self: self.rings_over_tls(10)


add_tests()


if __name__ == "__main__":
    unittest.main()
