"""What the programs ask of the system when they write a login, and what happens when that fails: strace(1)."""

import re

from auth_house import AuthHouse, strace

CALLS = "openat,write,fsync,close,rename,unlink,unlinkat"
CALL = re.compile(r"^(?:\[pid +\d+\] |\d+ +)?(\w+)\((.*)$")


class Traced(AuthHouse):
    def trace(self, *words):
        """(name, arguments, whether it is of a save) of each call, in order, of one that went well."""
        log = self.path("strace.log")
        self.end(self.start(*words, under=strace("-e", "trace=" + CALLS, "-s", "300", "-o", log)))
        with open(log, encoding="utf-8", errors="replace") as file:
            found = [CALL.match(line) for line in file]
        calls, left = [], []  # of the save that is under way
        for match in filter(None, found):
            name, arguments = match.groups()
            if name == "openat" and ".tmp" in arguments:
                left = ["fsync", "fsync", "close", "close"]
            calls.append((name, arguments, bool(left)))
            if left and name == left[0]:
                left.pop(0)
        return calls

    def numbered(self, *words):
        """The calls of its saves, each as strace counts them: ("fsync", 3)."""
        counts, found = {}, []
        for name, _, is_save in self.trace(*words):
            counts[name] = counts.get(name, 0) + 1
            if is_save:
                found.append((name, counts[name]))
        return found

    def inject(self, name, what, *words, code):
        log = self.path("strace.log")
        under = strace("-e", f"trace={name}", "-e", f"inject={name}:{what}", "-o", log)
        return self.end(self.start(*words, under=under), code)
