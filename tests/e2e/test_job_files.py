"""The job files of the specification, run as they stand there."""

import os
import unittest

from transcript import Transcript


class JobFiles(Transcript):
    def program(self, name, text):
        os.chmod(self.write(name, text), 0o755)

    def test_a_command_for_each_row(self):
        self.program("bin/curl", '#!/bin/sh\n[ "$LANG" = C.UTF-8 ] && echo "page of $4" >"$3"\n')
        self.env["PATH"] = self.path("bin") + ":" + self.env["PATH"]
        self.write("jobs/urls.csv", "id,url\n7,https://example.org/a\n8,https://example.org/b\n")
        self.write(
            "jobs/nightly.toml",
            """\
rows = "urls.csv"
command = ["curl", "-sSf", "-o", "{@out}/page.html", "{url}"]
deliver = ["./pages"]
output_name = "{id}.html"
item_timeout = "10s"
retries = 3
retry_on = [7, 28, 75]
concurrency = 16
label = { team = "web" }
env = { LANG = "C.UTF-8" }
""",
        )
        self.transcript("""
            [0]$ batchctl submit --dry-run jobs/nightly.toml
            1| rows      jobs/urls.csv: 2 items, columns id, url
            1| steps     exec /home/ada/bin/curl -sSf -o '{@out}/page.html' '{url}', file jobs/pages
            1| tries     4, 1s..1m apart, 10s each
            1| item 0    {"id":"7","url":"https://example.org/a"}
            1| output    jobs/pages/7.html
            2| note: nothing was stored. All 2 names: add --json
            [0]$ batchctl run --key nightly-2026-11-22 jobs/nightly.toml
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            2| done: nightly-2026-11-22 (0e4c2a11): 2 of 2 items done in 0.1s, 2 files in jobs/pages
            [0]$ cat jobs/pages/7.html jobs/pages/8.html
            1| page of https://example.org/a
            1| page of https://example.org/b
            [0]$ batchctl status 0e4c2a11 --json --fields labels,key
            1| {"v":1,"labels":{"team":"web"},"key":"nightly-2026-11-22"}
        """)

    def test_documents_with_other_rows(self):
        self.write("jobs/students.csv", "name,class\nAda,7a\n")
        self.write("other.csv", "name,class\nGrace,7b\nGrace,7b\n")
        self.write("jobs/certificate.html", "<h1>{{ name }}</h1>")
        self.write(
            "jobs/certificates.toml",
            """\
rows = "students.csv"
template = "certificate.html"
to = "pdf:paper=A4,landscape=true"
deliver = ["./certificates"]
output_name = "{class}/{name}"
on_collision = "suffix"
""",
        )
        self.transcript("""
            [0]$ batchctl run -q jobs/certificates.toml && batchctl run -q jobs/certificates.toml other.csv
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a12
            [0]$ cd jobs/certificates && ls */*
            1| 7a/Ada.pdf
            1| 7b/Grace (2).pdf
            1| 7b/Grace.pdf
            [0]$ pdfinfo 'jobs/certificates/7a/Ada.pdf' | grep 'Page size'
            1| Page size:       841.92 x 595.92 pts (A4)
        """)

    def test_an_order_of_its_own(self):
        self.program("jobs/lookup", '#!/bin/sh\necho "{\\"n\\":\\"<$1>\\"}"\n')
        self.write("jobs/people.ndjson", '{"user":{"id":1}}\n{"user":{"id":2}}\n')
        self.write("jobs/letter.html", "<p>{{ batch.output.value.n }} of {{ user.id }}</p>")
        self.write(
            "jobs/steps.toml",
            """\
rows = "people.ndjson"
[[step]]
plugin = "exec"
command = ["./lookup", "{user.id}"]
stdout = "json"
[[step]]
plugin = "jinja"
template = "letter.html"
[[step]]
plugin = "chromium"
to = "pdf"
""",
        )
        self.transcript("""
            [0]$ batchctl run jobs/steps.toml -d letters
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            2| done: people.ndjson (0e4c2a11): 2 of 2 items done in 0.1s, 2 files in letters
            [0]$ pdftotext letters/1.pdf - | head -1
            1| <2> of 2
        """)


if __name__ == "__main__":
    unittest.main()
