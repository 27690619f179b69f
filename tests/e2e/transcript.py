"""Transcripts as tests: what the specification shows is what the programs say.

    class Teacher(Transcript):
        def test_a_table_becomes_pdfs(self):
            self.write("students.csv", "name\\nAda\\n")
            self.transcript('''
                [0]$ batchctl run students.csv -- true
                1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
                2t| students.csv  [########################]  1/1
                2| done: students.csv (0e4c2a11): 1 of 1 items done in 0.1s
                [0]$ batchctl status 0e4c2a11                       # the id that run printed
                1| ...
            ''')

`[code]$ command` is run by sh in the test's folder; `1|` and `2|` are the lines of its standard output and standard
error, all of them; `1t|`, `2t|` stand only on a terminal (`on="terminal"`), `1p|`, `2p|` only elsewhere.  `...` alone is
any number of lines.  A bar of progress may have been drawn over; plain lines of it may come unasked.

Whatever differs from run to run fits its like: ids (the first one is learnt, and stands for the real one from then on,
also in commands and as its last 8 characters), times, rates, how long something took, pids.  What else does, such as the
size of a PDF, is named by `free=["33 KiB"]`.  /home/ada is the test's folder, ada who runs it.
"""

import os
import pwd
import re
import subprocess
import textwrap

from house import House
from terminal import on_terminal

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
DURATION = r"(?:<1s|\d+(?:\.\d+)?(?:ms|us|s|m|h|d| min)(?:\d+(?:s|m|h))?)"
RATE = r"[\d.,]+k?/(?:s|min)"
VARIABLE = {
    "uuid": UUID,
    "short": r"\b[0-9a-f]{8}\b",
    "instant": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z",
    "date": r"\d{4}-\d\d-\d\d",
    "clock": r"\b\d\d:\d\d:\d\d\b",
    "ms": r'(?<=_ms":)\d+',
    "pid": r"(?<=\bpid )\d+",
    "rate": rf"(?<![\w.,]){RATE}",
    "duration": rf"(?:(?<=\bin )|(?<=about )|(?<=  )|(?<=since )){DURATION}(?![\w-])|{DURATION}(?= (?:ago|left)\b)",
}
BAR = r"\[#*-*\]"
PLAIN_PROGRESS = rf"batchctl: [\d,]+ of [\d,]+ \(\d+ %\)(?:, [\d,]+ failed)?(?:, {RATE})?(?:, about {DURATION} left)?"


class Step:
    """One command of a transcript and the lines that it should print."""

    def __init__(self, code, command):
        self.code, self.command, self.out, self.err = code, command, [], []


def parse(text, terminal):
    steps = []
    for line in textwrap.dedent(text).strip("\n").split("\n"):
        start = re.match(r"\[(\d+)\]\$ (.*)", line)
        said = re.match(r"([12])([tp]?)\|(?: (.*)|$)", line)
        if start:
            steps.append(Step(int(start.group(1)), start.group(2)))
        elif said and said.group(2) in ("", "t" if terminal else "p"):
            (steps[-1].out if said.group(1) == "1" else steps[-1].err).append(said.group(3) or "")
        elif not said and line.strip():
            raise ValueError(f"this is no line of a transcript: {line}")
    return steps


class Transcript(House):
    def setUp(self):
        super().setUp()
        self.ids = {}  # what stands in the transcript: what it is here
        self.free = []

    def transcript(self, text, on="pipe", free=(), env=None, timeout=60, **terminal):
        """Runs the commands of the text one after the other, and compares all that they say."""
        self.free = list(free)
        shorts = {full[-8:] for full in re.findall(UUID, text)}
        self.shorts = shorts | {known for known in self.ids if len(known) == 8}
        expected, seen = [], []
        for step in parse(text, on == "terminal"):
            code, out, err, drawn = self.perform(step.command, on, {**self.env, **(env or {})}, timeout, terminal)
            expected += [f"[{step.code}]$ {step.command}"]
            seen += [f"[{code}]$ {step.command}"]
            for mark, wanted, said in ("1|", step.out, out), ("2|", step.err, err):
                wanted = [line for line in wanted if not self.was_drawn(line, drawn)]
                expected += [f"{mark} {line}" for line in wanted]
                seen += [f"{mark} {line}" for line in self.as_wanted(wanted, said)]
        self.assertEqual("\n".join(seen), "\n".join(expected))

    def perform(self, command, on, env, timeout, terminal):
        words = ["/bin/sh", "-c", self.here(command)]
        if on == "terminal":
            env = {"TERM": "xterm", **env}
            code, out, err = on_terminal(words, cwd=self.root, env=env, timeout=timeout, **terminal)
            return code, lines_of(out.text()), lines_of(err.text()), out.drawn + err.drawn
        done = subprocess.run(
            words, cwd=self.root, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False
        )
        out, err = (text.decode("utf-8", "backslashreplace") for text in (done.stdout, done.stderr))
        return done.returncode, lines_of(out), lines_of(err), []

    def here(self, text):
        """The text of a transcript with the ids, the folder and the person of this test."""
        for there, known in self.ids.items():
            text = re.sub(rf"\b{there}\b", known, text)
        text = text.replace("/home/ada", self.root)
        return re.sub(r"\bada\b(?!@)", pwd.getpwuid(os.getuid()).pw_name, text)

    def there(self, text):
        """The other way about, for what is shown."""
        for there, known in self.ids.items():
            text = text.replace(known, there)
        return text.replace(self.root, "/home/ada")

    def was_drawn(self, line, drawn):
        """A line of progress of which only the form is told."""
        if not re.search(BAR, line) and not line.startswith("reading "):
            return False
        parts = re.split(rf"({BAR}|{RATE}|{DURATION}|[0-9,]+)", line)
        free = {1: f"(?:{BAR}|[0-9.,]+[a-z/]*|<1s)"}
        pattern = "".join(free.get(i % 2, re.escape(part)) for i, part in enumerate(parts))
        return any(re.fullmatch(pattern, each.rstrip()) for each in drawn)

    def as_wanted(self, wanted, said):
        """The lines that were said, each of them as it was wanted where it fits."""
        lines, at = [], 0
        if not any(map(is_progress, wanted)):
            said = [line for line in said if not is_progress(line)]
        loose = any(self.pattern(line) != re.escape(self.here(line)) for line in wanted)
        while said:
            if at < len(wanted) and wanted[at] == "...":
                rest = wanted[at + 1 :]
                if not rest or self.fits(rest[0], said[0], loose):
                    lines, at = lines + ["..."], at + 1
                    if not rest:
                        return lines
                else:
                    said = said[1:]
                continue
            fit = next((i for i in range(at, len(wanted)) if self.fits(wanted[i], said[0], loose)), None)
            if fit is None:
                lines.append(self.there(said[0]))
            else:
                lines.append(wanted[fit])
                at = fit + 1
            said = said[1:]
        return lines + ["..."] if wanted[at:] == ["..."] else lines

    def fits(self, wanted, said, loose):
        if is_progress(wanted):
            return is_progress(said)
        pattern = self.pattern(wanted)
        if loose:  # the columns of a table are as wide as what stands in them
            pattern = re.sub(r"(?:\\ ){2,}", r" +", pattern)
        found = re.fullmatch(pattern, said)
        if not found:
            return False
        for name, value in found.groupdict().items():
            self.learn(name, value)
        return True

    def learn(self, name, value):
        there = name[3:].replace("_", "-")
        self.ids[there] = value
        if len(there) > 8:
            self.ids[there[-8:]] = value[-8:]

    def pattern(self, line):
        """What fits the line: a regular expression."""
        free = "|".join(f"(?P<free{i}>{re.escape(text)})" for i, text in enumerate(self.free))
        tokens = "|".join(([free] if free else []) + [f"(?P<{name}>{form})" for name, form in VARIABLE.items()])
        out, at, named = "", 0, set()
        for found in re.finditer(tokens, line):
            out += re.escape(self.here(line[at : found.start()]))
            out += self.token(found.lastgroup, found.group(), named)
            at = found.end()
        return out + re.escape(self.here(line[at:]))

    def token(self, kind, text, named):
        if kind.startswith("free"):
            parts = re.split(r"([\d.,]*\d|[KMG]iB)", text)
            like = {"B": r"(?:[KMG]iB|bytes)"}
            return "".join(
                like.get(part[-1], r"[\d.,]*\d") if i % 2 else re.escape(part) for i, part in enumerate(parts)
            )
        if kind == "short" and text not in self.shorts:
            return re.escape(text)
        if kind in ("uuid", "short"):
            name = "id_" + text.replace("-", "_")
            if text in self.ids:
                return re.escape(self.ids[text])
            if name in named:
                return f"(?P={name})"
            named.add(name)
            return f"(?P<{name}>{UUID if kind == 'uuid' else '[0-9a-f]{8}'})"
        if kind == "duration":
            return DURATION
        return {"rate": RATE, "ms": r"\d+", "pid": r"\d+"}.get(kind, VARIABLE[kind])


def is_progress(line):
    return re.fullmatch(PLAIN_PROGRESS, line) is not None


def lines_of(text):
    """Its lines; plain lines of progress come as often as they come and count as one."""
    lines = text.removesuffix("\n").split("\n") if text else []
    return [line for i, line in enumerate(lines) if not (i and is_progress(line) and is_progress(lines[i - 1]))]
