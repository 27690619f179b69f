#!/usr/bin/python3
"""How fast the browser prints a page when nothing else is done.

limit_pdf.py PAGE.html COUNT BROWSERS TABS

Each tab is given the page and prints it, again and again, over the debugging pipe; prints the
seconds for COUNT documents after one document per tab has warmed it, and the seconds of CPU."""

import base64
import ctypes
import itertools
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import meter

PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
PROGRAM = "/usr/lib/chromium/chromium-headless-shell"
FLAGS = [
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
    "--mute-audio",
    "--hide-scrollbars",
    "--font-render-hinting=none",
    "--blink-settings=scriptEnabled=false",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]


class Browser:
    """One browser; replies are awaited by number, everything else is ignored."""

    def __init__(self, profile):
        commands, self.to = os.pipe()
        self.replies, answers = os.pipe()
        # The browser reads descriptor 3 and writes descriptor 4.
        script = f'exec "$@" 3<&{commands} 4>&{answers}'
        self.process = subprocess.Popen(
            ["sh", "-c", script, "sh", PROGRAM, *FLAGS, f"--user-data-dir={profile}"],
            pass_fds=(commands, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(commands)
        os.close(answers)
        self.numbers = itertools.count(1)
        self.awaited = {}
        self.buffer = b""

    def send(self, method, on_reply, session=None, **params):
        number = next(self.numbers)
        self.awaited[number] = on_reply
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data) :]

    def read(self):
        data = os.read(self.replies, 1 << 20)
        if not data:
            raise RuntimeError("the browser has ended")
        if b"\0" not in data:
            self.buffer += data
            return
        *whole, self.buffer = (self.buffer + data).split(b"\0")
        for each in whole:
            reply = json.loads(each)
            if "error" in reply:
                raise RuntimeError(reply["error"]["message"])
            if on_reply := self.awaited.pop(reply.get("id"), None):
                on_reply(reply["result"])

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def adopt_orphans():
    """What a browser leaves becomes our child: else its processor time counts as somebody else's."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def reap_orphans():
    """They end with their browser, one after the other."""
    end = time.monotonic() + 5
    try:
        while time.monotonic() < end:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.01)
    except ChildProcessError:
        pass


class Work:
    """Counts what is printed; `left` documents are still to be begun."""

    def __init__(self, html):
        self.html = html
        self.left = 0
        self.at_work = 0
        self.tabs = []

    def begin(self, count):
        self.left = count
        for tab in self.tabs:
            tab.next()


class Tab:
    def __init__(self, browser, work):
        self.browser, self.work = browser, work
        self.target = self.session = None
        browser.send("Target.createBrowserContext", self.create)

    def create(self, reply):
        context = reply["browserContextId"]
        self.browser.send(
            "Target.createTarget", self.attach, url="about:blank", browserContextId=context
        )

    def attach(self, reply):
        self.target = reply["targetId"]
        self.browser.send(
            "Target.attachToTarget", self.ready, targetId=self.target, flatten=True
        )

    def ready(self, reply):
        self.session = reply["sessionId"]
        self.work.tabs.append(self)

    def next(self):
        if self.work.left == 0:
            return
        self.work.left -= 1
        self.work.at_work += 1
        self.browser.send(
            "Page.setDocumentContent",
            self.print,
            self.session,
            frameId=self.target,
            html=self.work.html,
        )

    def print(self, _):
        self.browser.send(
            "Page.printToPDF",
            self.printed,
            self.session,
            printBackground=True,
            preferCSSPageSize=True,
        )

    def printed(self, reply):
        if not base64.b64decode(reply["data"]).startswith(b"%PDF"):
            raise RuntimeError("this is no PDF")
        self.work.at_work -= 1
        self.next()


def measure(browsers, work, count, tabs):
    selector = selectors.DefaultSelector()
    for browser in browsers:
        selector.register(browser.replies, selectors.EVENT_READ, browser)

    def until(condition):
        while not condition():
            for key, _ in selector.select(60):
                key.data.read()

    for browser in browsers:
        for _ in range(tabs):
            Tab(browser, work)
    until(lambda: len(work.tabs) == tabs * len(browsers))
    work.begin(2 * len(work.tabs))
    until(lambda: work.left == work.at_work == 0)
    begin, cpu = time.monotonic(), meter.own_cpu()
    work.begin(count)
    until(lambda: work.left == work.at_work == 0)
    print(f"{time.monotonic() - begin:.6f} {meter.own_cpu() - cpu:.6f}")


def main():
    page, count, browsers, tabs = sys.argv[1], *map(int, sys.argv[2:])
    with open(page, encoding="utf-8") as file:
        work = Work(file.read())
    folder = tempfile.mkdtemp(prefix="batch-bench-")
    adopt_orphans()
    started = []
    try:
        for number in range(browsers):
            started.append(Browser(os.path.join(folder, str(number))))
        measure(started, work, count, tabs)
    finally:
        for browser in started:
            browser.kill()
        reap_orphans()
        shutil.rmtree(folder, ignore_errors=True)


main()
