"""The same 10,000 items through BullMQ and Celery, both on a private Redis."""

import json
import os
import socket
import subprocess

import meter
from measure import Group, Row, Sample
from place import Place

ITEMS = 10_000
MIB = 1 << 20
PYTHON = "/usr/bin/python3"  # the one that sees Debian's modules


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Talk:
    """A peer's program that is told what to do line by line; it ends when its input does."""

    def __init__(self, place, words, **env):
        self.process = subprocess.Popen(
            words,
            cwd=place.root,
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )

    def hear(self):
        if not (line := self.process.stdout.readline()):
            raise RuntimeError(f"{' '.join(self.process.args)}: it has ended")
        return line

    def ask(self, line):
        print(line, file=self.process.stdin, flush=True)
        return json.loads(self.hear())

    def cpu(self):
        return meter.tree_cpu(self.process.pid)

    def end(self):
        self.process.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Redis(Talk):
    def __init__(self, place, fsync):
        self.port = free_port()
        folder = place.path(f"redis-{self.port}")
        os.makedirs(folder)
        super().__init__(
            place,
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", folder]
            + ["--appendonly", "yes", "--appendfsync", fsync, "--save", ""],
        )
        while "Ready to accept connections" not in self.hear():
            pass


class BullMq:
    def __init__(self, group, fsync):
        place, started = group.place, group.started
        self.redis = Redis(place, fsync)
        started.append(self.redis)
        script = os.path.join(group.programs.source, "tests/bench/peers.js")
        modules = os.path.join(group.programs.source, "build/bench/node_modules")
        self.parts = [self.redis]
        for role in ("worker", "client"):
            talk = Talk(place, ["node", script, role, str(self.redis.port)], NODE_PATH=modules)
            started.append(talk)
            self.parts.append(talk)
            talk.hear()

    def worker_peak(self):
        return meter.peak_memory(self.parts[1].process.pid) / MIB

    def job(self):
        before = sum(part.cpu() for part in self.parts)
        times = self.parts[2].ask(ITEMS)
        return times, (sum(part.cpu() for part in self.parts) - before) / ITEMS * 1e6


class Celery:
    """Through its broker, or what else the URL names; by default both are Redis."""

    def __init__(self, group, broker=None, results=None):
        place, started = group.place, group.started
        redis = Redis(place, "everysec")
        started.append(redis)
        url = f"redis://127.0.0.1:{redis.port}"
        folder = os.path.join(group.programs.source, "tests/bench")
        env = {
            "BENCH_BROKER": broker or url + "/0",
            "BENCH_RESULTS": results or url + "/1",
            "PYTHONPATH": folder,
            "PYTHONDONTWRITEBYTECODE": "1",
            "C_FORCE_ROOT": "1",
        }
        words = [PYTHON, "-m", "celery", "-A", "peers_celery", "worker", "-c", "2"]
        quiet = ["-l", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        worker = Talk(place, words + quiet, **env)
        started.append(worker)
        client = Talk(place, [PYTHON, os.path.join(folder, "peers_celery.py")], **env)
        started.append(client)
        client.hear()
        self.parts = [redis, worker, client]

    def job(self):
        before = sum(part.cpu() for part in self.parts)
        times = self.parts[2].ask(ITEMS)
        return times, (sum(part.cpu() for part in self.parts) - before) / ITEMS * 1e6


class Peers(Group):
    needs_peers = True
    rows = (
        Row("bullmq-always", "10,000 items, against BullMQ, Redis with AOF always", "/s", 15),
        Row("bullmq-everysec", "the same, AOF everysec", "/s", 10),
        Row("celery", "the same, against Celery with Redis", "/s", 80),
        Row("bullmq-cpu", "CPU per item, against BullMQ everysec", "us", 0.06, False),
        Row("bullmq-submit", "submit of 10,000 rows, against its addBulk", "s", 0.1, False),
        Row("bullmq-memory", "peak memory of batchd, against its worker", "MiB", 0.2, False),
    )

    def prepare(self):
        self.started = []
        self.place = Place(self.programs, "peers")
        self.place.start()
        self.place.job(self.place.rows(ITEMS), "--step", "probe")
        self.always = BullMq(self, "always")
        self.everysec = BullMq(self, "everysec")
        self.celery = Celery(self)
        for peer in (self.always, self.everysec):
            peer.job()

    def close(self):
        for each in reversed(self.started):
            each.end()
        self.place.close()

    def ours(self):
        self.place.job("--step", "probe", "--args", "one")
        return self.place.job(self.place.rows(ITEMS), "--step", "probe")

    def round(self):
        samples = {}
        jobs = []
        peers = {
            "bullmq-always": self.always,
            "bullmq-everysec": self.everysec,
            "celery": self.celery,
        }
        for name, peer in peers.items():
            submitted, job = self.ours()
            cpu = job.cpu / ITEMS * 1e6
            times, peer_cpu = peer.job()
            rate = ITEMS / (times["end"] - times["begin"])
            samples[name] = Sample(ITEMS / job.wall, rate, cpu, peer_cpu)
            jobs.append((submitted.wall, cpu, times["added"] - times["begin"], peer_cpu))
        submit, cpu, added, peer_cpu = jobs[1]
        samples["bullmq-cpu"] = Sample(cpu, peer_cpu)
        samples["bullmq-submit"] = Sample(submit, added)
        peak = meter.peak_memory(self.place.daemon.pid) / MIB
        samples["bullmq-memory"] = Sample(peak, self.everysec.worker_peak())
        return samples
