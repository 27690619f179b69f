#!/usr/bin/python3
"""Gives each row back: a tidy plugin in Python, which answers all it was sent in one write."""

import json
import os
import sys

MANIFEST = {
    "protocol": 1,
    "name": "probe-python",
    "version": "1",
    "in": ["*/*"],
    "out": ["application/json"],
    "concurrency": 256,
    "options": {"type": "object", "additionalProperties": False},
}


def answer(frame):
    kind = frame["type"]
    if kind == "item":
        row = json.dumps(frame["row"], ensure_ascii=False, separators=(",", ":"))
        return '{"type":"result","id":%d,"value":%s}\n' % (frame["id"], row)
    return {"init": '{"type":"ready"}\n', "ping": '{"type":"pong"}\n'}.get(kind, "")


def main():
    if "--describe" in sys.argv:
        print(json.dumps(MANIFEST))
        return
    rest = b""
    while data := os.read(0, 1 << 18):
        *lines, rest = (rest + data).split(b"\n")
        answers = "".join([answer(json.loads(line)) for line in lines]).encode()
        while answers:
            answers = answers[os.write(1, answers) :]


main()
