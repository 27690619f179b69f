"""Submissions as a person or a script makes them: interrupted, huge, repeated, previewed."""

import os
import pty
import select
import signal
import subprocess
import time
import unittest

from house import BUILD, House


class Interrupted(House):
    def interrupt(self, number, *words):
        """batchctl submit - WORDS, whose input never ends, after a signal."""
        process = subprocess.Popen(
            [os.path.join(BUILD, "batchctl"), "submit", "-", *words],
            cwd=self.root,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        process.stdin.write("a,b\n" + "1,2\n" * 50000)
        process.stdin.flush()  # more than the pipe holds: it is reading
        process.send_signal(number)
        process.wait(timeout=10)
        said = process.stdout.read(), process.stderr.read()
        for stream in (process.stdin, process.stdout, process.stderr):
            try:
                stream.close()
            except BrokenPipeError:
                pass
        return process.returncode, *said

    def test_ctrl_c_while_rows_are_read_stores_nothing(self):
        said = self.interrupt(signal.SIGINT, "--rows-format", "csv", "--", "true")
        self.assertEqual(said, (130, "", "interrupted: nothing was stored\n"))
        self.assertEqual(self.ctl("status", "--json").out, "")

    def test_term_is_143(self):
        self.assertEqual(self.interrupt(signal.SIGTERM, "--rows-format", "csv", "--", "true")[0], 143)


class Huge(House):
    def test_many_rows_are_told_and_problems_at_their_end_store_nothing(self):
        self.rows(120000)
        done = self.ctl("submit", "rows.csv", "--", "echo", "{id}")
        self.assertRegex(done.err, r"^stored rows.csv \(\w{8}\): 120,000 items in [0-9.]+m?s\n")
        with open(self.path("rows.csv"), "a", encoding="utf-8") as rows:
            rows.write('7,"open\n')
        done = self.ctl("submit", "rows.csv", "--", "echo", "{id}", code=2)
        self.assertEqual(
            done.err,
            "rows.csv:120002:3: error: this quote is never closed\n"
            "batchctl: error: 1 problem, nothing was stored\n",
        )
        self.assertEqual(len(self.ctl("status", "--json").lines()), 1)

    def test_reading_shows_progress_on_a_terminal(self):
        """The input is slower than the first second without progress."""
        leader, follower = pty.openpty()
        process = subprocess.Popen(
            [os.path.join(BUILD, "batchctl"), "submit", "-", "--rows-format", "lines", "--", "true"],
            cwd=self.root,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=follower,
        )
        os.close(follower)
        seen = b""
        end = time.monotonic() + 20
        while b"reading standard input" not in seen and time.monotonic() < end:
            process.stdin.write(b"a line\n" * 20000)
            process.stdin.flush()
            if select.select([leader], [], [], 0.05)[0]:
                seen += os.read(leader, 65536)
        process.stdin.close()
        process.wait(timeout=20)
        os.close(leader)
        self.assertRegex(seen.decode(), r"reading standard input  [0-9,]+ rows  [0-9.]+k?/s")


class Keys(House):
    def test_a_key_makes_running_twice_safe(self):
        self.rows(2)
        words = ("run", "rows.csv", "--key", "nightly", "--", "sh", "-c", "echo x >>ran")
        first = self.ctl(*words)
        again = self.ctl(*words)
        self.assertEqual(first.id, again.id)
        self.assertIn("note: nightly exists already", again.err)
        with open(self.path("ran"), encoding="utf-8") as ran:
            self.assertEqual(len(ran.readlines()), 2)

    def test_several_at_once_make_one_batch(self):
        self.rows(500)
        runs = [
            subprocess.Popen(
                [os.path.join(BUILD, "batchctl"), "submit", "rows.csv", "--key", "k", "--", "true"],
                cwd=self.root,
                env=self.env,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
            )
            for _ in range(5)
        ]
        ids = {run.communicate(timeout=60)[0] for run in runs}
        self.assertEqual({run.returncode for run in runs}, {0})
        self.assertEqual(len(ids), 1)


class Previews(House):
    def test_a_preview_makes_the_pdf_of_one_row(self):
        self.write("people.csv", "name\nAda\nGrace\n")
        self.write("card.html", "<p>{{ name }}</p>")
        done = self.ctl(
            "template", "preview", "card.html", "people.csv", "--item", "1", "--to", "pdf:paper=A5", "--output", "p.pdf"
        )
        self.assertRegex(done.err, r"^p.pdf: item 1 \(people.csv:3\), 1 page, [0-9.]+ KiB\n$")
        text = subprocess.run(
            ["pdftotext", self.path("p.pdf"), "-"], capture_output=True, encoding="utf-8", check=True
        ).stdout
        self.assertIn("Grace", text)


class Orders(House):
    def test_a_job_file_has_an_order_of_its_own(self):
        self.write("jobs/people.ndjson", '{"user":{"id":1}}\n{"user":{"id":2}}\n')
        lookup = self.write("jobs/lookup", "#!/bin/sh\necho \"{\\\"n\\\":\\\"<$1>\\\"}\"\n")
        os.chmod(lookup, 0o755)
        self.write("jobs/letter.html", "{{ batch.output.value.n }}/{{ user.id }}")
        self.write(
            "jobs/steps.toml",
            'rows = "people.ndjson"\n'
            '[[step]]\nplugin = "exec"\ncommand = ["./lookup", "{user.id}"]\nstdout = "json"\n'
            '[[step]]\nplugin = "jinja"\ntemplate = "letter.html"\n',
        )
        self.ctl("run", "jobs/steps.toml")
        self.assertEqual(self.ctl("results", "@last", "--format", "text").out, "&lt;1&gt;/1\n&lt;2&gt;/2\n")

    def test_a_mended_template_is_run_anew_as_the_hint_says(self):
        self.write("rows.csv", "name,points\nAda,n/a\n")
        self.write("card.html", "{{ points > 3 }}")
        done = self.ctl("run", "rows.csv", "-t", "card.html", "-d", "out", "-o", "{name}", code=1)
        self.assertIn(
            "hint: mend row or template, then make them anew: "
            "batchctl run rows.csv -t card.html -d out -o '{name}' --on-collision overwrite\n",
            done.err,
        )


if __name__ == "__main__":
    unittest.main()
