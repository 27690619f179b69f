"""A person with a real browser, which the program under test opens through xdg-open.

    browser = Browser(folder, person="alice")
    subprocess.Popen(..., env={**env, **browser.env})
    report = browser.report()                   # what was seen in the end, when the browser has ended (browser.mjs)"""

import json
import os

from waiting import wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = ("/usr/lib/chromium/chromium-headless-shell", "/usr/lib/chromium/chromium")


def need_browser():
    if not os.access("/usr/bin/xdg-open", os.X_OK):
        raise AssertionError("xdg-open is missing (package xdg-utils)")
    if not any(os.access(program, os.X_OK) for program in PROGRAMS):
        raise AssertionError(f"{PROGRAMS[0]} is missing (package chromium-headless-shell)")


class Browser:
    """folder: an empty one for its files; xdg-open wants no space and no colon in its path.  deny: the page on which
    Cancel is clicked, "login" or "consent"; untick: scopes; shots: (width, scheme) of pictures of the last page;
    seconds: after which it ends, wherever it is; profile: a folder in which the browser's own files stay."""

    def __init__(self, folder, person="alice", *, deny=None, untick=(), shots=(), seconds=60, profile=None):
        need_browser()
        self.folder = folder
        self._report = os.path.join(folder, "report.json")
        orders = {
            "report": self._report,
            "person": person,
            "deny": deny,
            "untick": list(untick),
            "seconds": seconds,
            "profile": profile,
            "shots": [{"file": self.picture(*shot), "width": shot[0], "scheme": shot[1]} for shot in shots],
        }
        with open(os.path.join(folder, "orders.json"), "w", encoding="utf-8") as file:
            json.dump(orders, file)
        os.symlink(os.path.join(HERE, "browser"), os.path.join(folder, "browser"))

    @property
    def env(self):
        """Without a display, so that xdg-open takes no other browser."""
        return {
            "BROWSER": os.path.join(self.folder, "browser"),
            "BROWSER_ORDERS": os.path.join(self.folder, "orders.json"),
            "DISPLAY": "",
            "WAYLAND_DISPLAY": "",
        }

    def picture(self, width, scheme):
        return os.path.join(self.folder, f"{width}-{scheme}.png")

    def ended(self):
        return os.path.exists(self._report)

    def report(self, seconds=90):
        wait_until(self.ended, seconds, "the end of the browser")
        with open(self._report, encoding="utf-8") as file:
            return json.load(file)
