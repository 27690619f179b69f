"""Rows of every kind: read as other programs write them, refused without a crash, in memory that does not grow."""

import csv
import io
import json
import os
import random
import subprocess
import unittest

from house import BUILD, House

CELLS = ["", "a", "Anna", "a,b", 'say "hi"', '"', '""', "two\nlines", "cr\r\nlf", " x ", "\t", "ü", "नेहा", "👩‍🚀", "=1+2", "007", "{}", "\\", "'"]


class AsOthersWriteThem(House):
    def items(self, file):
        self.ctl("submit", file, "--", "true")
        return [item["row"] for item in self.ctl("items", "@last", "--json", "--fields", "row").lines()]

    def test_tables_of_another_program(self):
        chance = random.Random(7)
        for dialect, delimiter in (("csv", ","), ("csv", ","), ("tsv", "\t"), ("tsv", "\t")):
            columns = [f"c{i} {chance.choice(CELLS)}" for i in range(5)]
            rows = [[chance.choice(CELLS) for _ in columns] for _ in range(200)]
            text = io.StringIO()
            writer = csv.writer(
                text,
                delimiter=delimiter,
                lineterminator=chance.choice(["\n", "\r\n"]),
                quoting=chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
            )
            writer.writerows([columns, *rows])
            with open(self.path("t." + dialect), "w", encoding="utf-8", newline="") as file:
                file.write(text.getvalue())
            self.assertEqual(self.items("t." + dialect), [dict(zip(columns, row)) for row in rows])

    def test_json_of_another_program(self):
        chance = random.Random(11)

        def value(depth=0):
            kinds = [None, True, chance.choice(CELLS), 17, -1.5e-7, 12345678901234567890]
            if depth < 4:
                kinds += [[value(depth + 1)], {chance.choice(CELLS): value(depth + 1), "k": chance.random()}]
            return chance.choice(kinds)

        rows = [value() for _ in range(300)]
        for ascii_only in (True, False):
            lines = [json.dumps(row, ensure_ascii=ascii_only) for row in rows]
            self.write("t.ndjson", "\n".join(lines))
            self.assertEqual(self.items("t.ndjson"), rows)
            self.write("t.json", json.dumps(rows, ensure_ascii=ascii_only, indent=2))
            self.assertEqual(self.items("t.json"), rows)


class Hostile(House):
    def test_garbage_is_refused_or_read_and_never_more(self):
        chance = random.Random(13)
        pieces = [b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"a", b"{", b"}", b"[", b"]", b":", b"\\", b"\xc3", b"1e9", b"\xef\xbb\xbf"]
        for trial in range(60):
            format = ("csv", "tsv", "ndjson", "json", "lines")[trial % 5]
            with open(self.path("g"), "wb") as file:
                file.write(b"".join(chance.choices(pieces, k=chance.randrange(60))))
            done = self.ctl("submit", "g", "--rows-format", format, "--dry-run", "--", "echo", "{}", code=None)
            with open(self.path("g"), "rb") as file:
                self.assertIn(done.code, (0, 2), f"{format}: {file.read()!r}\n{done.err}")

    # A small program in between: what a process had before exec counts as its own.
    MEASURE = """
import os, sys
process = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(process, 0)
print(usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""

    def peak(self, *words, code=0):
        """Resident memory of the command in MiB, and what it said."""
        done = subprocess.run(
            ["/usr/bin/python3", "-I", "-S", "-c", self.MEASURE, os.path.join(BUILD, "batchctl"), *words],
            cwd=self.root,
            env=self.env,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        self.assertEqual(done.returncode, code, done.stderr)
        said, _, used = done.stderr.rstrip("\n").rpartition("\n")
        return int(used) / 1024, said

    def test_a_row_of_50_mib_is_refused_without_holding_it(self):
        wide = "x" * (50 << 20)
        for name, text, at in (
            ("a.csv", f"id,t\n1,{wide}\n2,b\n", ":2"),
            ("b.csv", f'id,t\n1,"{wide}"\n2,b\n', ":2"),
            ("a.ndjson", f'{{"a":"{wide}"}}\n{{"a":1}}\n', ":1"),
            ("a.json", f'[{{"a":"{wide}"}},{{"a":1}}]', ":1:2"),
            ("a.txt", f"{wide}\nb\n", ":1"),
        ):
            self.write(name, text)
            used, said = self.peak("submit", name, "--", "true", code=2)
            os.remove(self.path(name))
            self.assertTrue(said.startswith(f"{name}{at}: error: this row has more than 1 MiB\n"), said)
            self.assertLess(used, 40)

    def test_memory_does_not_grow_with_the_rows(self):
        words = ("-d", "out", "-o", "{word}", "--", "echo", "{id}")
        for policy in ("error", "suffix"):
            self.rows(1000, "few.csv")
            self.rows(200_000, "many.csv")
            few, _ = self.peak("submit", "few.csv", "--on-collision", policy, *words)
            many, _ = self.peak("submit", "many.csv", "--on-collision", policy, *words)
            self.assertLess(many, few * 1.5)

    def test_a_million_rows_fit_in_40_mib(self):
        self.rows(1_000_000)
        used, _ = self.peak("submit", "-q", "rows.csv", "--hold", "--step", "echo")
        self.assertLess(used, 40)
        self.assertEqual(self.counts()["pending"], 1_000_000)
        used, _ = self.peak("items", "@last", "--limit", "20")
        self.assertLess(used, 40)

    def test_working_off_many_rows_takes_batchd_no_more_memory(self):
        self.rows(100_000)
        self.ctl("submit", "-q", "rows.csv", "--step", "echo")
        daemon = self.batchd()
        self.ctl("wait", "-q", "--timeout", "120s", "@last", timeout=150)
        with open(f"/proc/{daemon.pid}/status", encoding="ascii") as file:
            peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
        self.assertLess(peak, 40 << 10)  # KiB
        self.assertEqual(self.counts()["done"], 100_000)


if __name__ == "__main__":
    unittest.main()
