#!/usr/bin/python3
"""A plugin that does to batchd what bad plugins do; each row says what.

{"do":"crash"}: see the functions below.  With "once":PATH it does so only if PATH is not there yet, and makes it;
afterwards the item is done as usual.  With "ledger":PATH every attempt is noted there, as is the pid.
Called chaos8 it takes eight items at once; called chaos_jailed it wants a jail, and folders for its items."""

import json
import os
import signal
import subprocess
import sys
import time

NAME = os.path.basename(sys.argv[0])


def say(frame):
    put(json.dumps(frame).encode() + b"\n")


def put(data):
    while data:
        data = data[os.write(1, data) :]


def result(item, **what):
    say({"type": "result", "id": item["id"], **(what or {"value": item["row"]})})


def sleep_for_ever():
    while True:
        time.sleep(1000)


def do_crash(item):
    os.kill(os.getpid(), signal.SIGSEGV)
    sleep_for_ever()


def do_exit(item):
    sys.stderr.write("I have had enough\n")
    sys.stderr.flush()
    os._exit(int(item["row"].get("code", 0)))


def do_hang(item):
    sleep_for_ever()


def do_deaf(item):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sleep_for_ever()


def do_spawn(item):
    """Leaves a process in a session of its own that hears no TERM, then hangs; its pid goes to "pid"."""
    child = subprocess.Popen(
        ["/bin/sh", "-c", "trap '' TERM HUP; while :; do sleep 1000; done"], start_new_session=True, close_fds=True
    )
    with open(item["row"]["pid"], "w", encoding="utf-8") as file:
        file.write(str(child.pid))
    sleep_for_ever()


def do_junk(item):
    put(b"Loading model...\n")
    sleep_for_ever()


def do_flood(item):
    while True:
        put(b"x" * 65536)


def do_huge(item):
    put(b'{"type":"result","id":%d,"text":"' % item["id"])
    for _ in range(5 * 16):
        put(b"x" * 65536)
    put(b'"}\n')
    sleep_for_ever()


def do_stderr(item):
    """Much more than any pipe or log holds, and only then the answer."""
    for _ in range(20 * 16):
        sys.stderr.write("e" * 65535 + "\n")
    sys.stderr.flush()
    result(item)


def do_partial(item):
    put(b'{"type":"result","id":%d,"val' % item["id"])
    os._exit(0)


def do_split(item):
    for byte in json.dumps({"type": "result", "id": item["id"], "value": item["row"]}).encode() + b"\n":
        put(bytes([byte]))


def do_latin(item):
    put(b'{"type":"result","id":%d,"text":"Gr\xfc\xdfe"}\n' % item["id"])
    sleep_for_ever()


def do_hostile(item):
    result(item, text="\x1b]0;owned\x07\x00\u202egpj.exe\x1b[2J")


def do_strange(item):
    """Answers that nobody asked for, then the right one."""
    for id in (0, item["id"] + 1, 2**63):
        say({"type": "result", "id": id, "value": "not mine"})
    result(item)


def do_twice(item):
    result(item)
    say({"type": "error", "id": item["id"], "class": "permanent", "code": "late", "message": "changed my mind"})


def do_mute(item):
    os.close(1)
    sleep_for_ever()


def do_quiet(item):
    """Works on without a standard error."""
    os.close(2)
    time.sleep(0.7)
    result(item)


def do_config(item):
    say({"type": "error", "id": item["id"], "class": "config", "code": "no_font", "message": "there is no font"})


def do_throttle(item):
    say({"type": "error", "id": item["id"], "class": "throttled", "code": "slow_down", "message": "too fast", "after_ms": 30})


def do_fail(item):
    say({"type": "error", "id": item["id"], "class": item["row"].get("class", "retryable"), "code": "oops", "message": "no"})


def do_see(item):
    """Says which of the files can be seen, and leaves one of its own."""
    with open(item["dir"] + "/seen.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(path for path in item["row"]["paths"] if os.path.exists(path)))
    result(item, files=[{"path": "seen.txt"}])


def do_copy(item):
    """What the step before has left."""
    with open(item["input"]["files"][0]["path"], encoding="utf-8") as file:
        result(item, text=file.read())


def do_sleep(item):
    time.sleep(float(item["row"]["seconds"]))
    result(item)


def wanted(row):
    what = row.get("do", "ok")
    once = row.get("once")
    if once:
        try:
            os.close(os.open(once, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return "ok"
    return what


def work(item):
    row = item["row"]
    if "ledger" in row:
        with open(row["ledger"], "a", encoding="utf-8") as ledger:
            ledger.write(f"{item['index']} {item['attempt']} {os.getpid()}\n")
    what = wanted(row)
    if what == "ok":
        result(item)
    else:
        globals()["do_" + what](item)


def main():
    if "--describe" in sys.argv:
        jailed = NAME == "chaos_jailed"
        print(json.dumps({"protocol": 1, "name": NAME, "version": "1.0", "concurrency": 8 if NAME == "chaos8" else 1,
                          "files": jailed, "jail": jailed, "options": {"type": "object"}}))
        return
    for line in sys.stdin:
        frame = json.loads(line)
        if frame["type"] == "init":
            say({"type": "ready"})
        elif frame["type"] == "item":
            work(frame)


main()
