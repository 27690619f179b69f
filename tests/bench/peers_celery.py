#!/usr/bin/python3
"""Celery, for comparison: as a client, for each line "COUNT" on standard input a group of so many
echo tasks; prints a line of JSON with its times (monotonic clock, seconds).

The worker is  python3 -m celery -A peers_celery worker  with the same BENCH_BROKER and BENCH_RESULTS
(URLs of what brings the tasks and keeps their results)."""

import json
import os
import sqlite3
import sys
import time

from celery import Celery, group

RESULTS = os.environ["BENCH_RESULTS"]
app = Celery("peers_celery", broker=os.environ["BENCH_BROKER"], backend=RESULTS)
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=64, result_expires=0)


@app.task(name="echo")
def echo(row):
    return row


def rows(count):
    return [
        {"id": f"{row:08}", "name": "Amina Okafor", "amount": "1284.75", "text": "x" * 136}
        for row in range(count)
    ]


class Redis:
    def __init__(self):
        self.results = app.backend.client

    def forget(self):
        self.results.flushdb()

    def count(self):
        return self.results.dbsize()


class Sqlite:
    """Results are rows of a table, and stay: only the new ones count."""

    def __init__(self):
        self.database = sqlite3.connect(RESULTS.removeprefix("db+sqlite:///"), timeout=30)
        self.before = 0

    def forget(self):
        self.before += self.count()

    def count(self):
        sql = "SELECT count(*) FROM celery_taskmeta WHERE status = 'SUCCESS'"
        return self.database.execute(sql).fetchone()[0] - self.before


def measure(count):
    results = Redis() if RESULTS.startswith("redis:") else Sqlite()
    results.forget()
    items = rows(count)
    begin = time.monotonic()
    group(echo.s(row) for row in items).apply_async()
    added = time.monotonic()
    while results.count() < count:
        time.sleep(0.01)
    return {"begin": begin, "added": added, "end": time.monotonic()}


def main():
    echo.delay({}).get(timeout=60)
    print("up", flush=True)
    for line in sys.stdin:
        print(json.dumps(measure(int(line))), flush=True)


if __name__ == "__main__":
    main()
