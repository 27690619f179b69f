#!/usr/bin/python3
"""with_broker.py COMMAND...: runs it with a RabbitMQ of its own, which BATCH_QUEUE_URL names and which ends with it."""

import os
import subprocess
import sys

from rabbitmq import Broker


def main():
    broker = Broker().start()
    try:
        return subprocess.run(sys.argv[1:], env={**os.environ, "BATCH_QUEUE_URL": broker.url}, check=False).returncode
    finally:
        broker.end()


if __name__ == "__main__":
    sys.exit(main())
