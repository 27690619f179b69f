#!/usr/bin/python3
"""Celery on Redis, for comparison: as a client, for each line "COUNT" on standard input a group of
so many echo tasks; prints a line of JSON with its times (monotonic clock, seconds).

The worker is  python3 -m celery -A peers_celery worker  with the same BENCH_REDIS (its URL)."""

import json
import os
import sys
import time

from celery import Celery, group

URL = os.environ["BENCH_REDIS"]
app = Celery("peers_celery", broker=URL + "/0", backend=URL + "/1")
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=64, result_expires=0)


@app.task(name="echo")
def echo(row):
    return row


def rows(count):
    return [
        {"id": f"{row:08}", "name": "Amina Okafor", "amount": "1284.75", "text": "x" * 136}
        for row in range(count)
    ]


def measure(count):
    results = app.backend.client
    results.flushdb()
    items = rows(count)
    begin = time.monotonic()
    group(echo.s(row) for row in items).apply_async()
    added = time.monotonic()
    while results.dbsize() < count:
        time.sleep(0.01)
    return {"begin": begin, "added": added, "end": time.monotonic()}


def main():
    echo.delay({}).get(timeout=60)
    print("up", flush=True)
    for line in sys.stdin:
        print(json.dumps(measure(int(line))), flush=True)


if __name__ == "__main__":
    main()
