"""Certificates as PDF, against the browser alone on the same page with as many tabs."""

import os
import subprocess
import sys

import meter
from measure import Group, Row, Sample
from place import Place

COUNT = 200
WARM_UP = 8
TABS = 2  # of one worker, as the plugin's manifest says


class Pages(Group):
    rows = (Row("pdf", "certificates as PDF, warm, against the browser alone", "/s", 0.85),)

    def prepare(self):
        self.place = Place(self.programs, "pages")
        examples = os.path.join(self.programs.source, "man/examples")
        self.template = os.path.join(examples, "certificate.html")
        self.people, self.few = (self.copies(examples, count) for count in (COUNT, WARM_UP))
        self.page = self.place.path("page.html")
        self.place.run(
            "batchctl", "template", "preview", self.template, self.people, "--item", "0",
            "--to", "html", "--output", self.page,
        )
        self.place.start()

    def copies(self, examples, count):
        """The first of the example's people, so many times."""
        path = self.place.path(f"people-{count}.csv")
        with open(os.path.join(examples, "people.csv"), encoding="utf-8") as file:
            header, first = file.readline(), file.readline()
        with open(path, "w", encoding="utf-8") as file:
            file.write(header + first * count)
        return path

    def close(self):
        self.place.close()

    def job(self, people):
        return self.place.job(people, "--template", self.template, "--to", "pdf")[1]

    def limit(self):
        script = os.path.join(self.programs.source, "tests/bench/limit_pdf.py")
        done = subprocess.run(
            [sys.executable, "-B", script, self.page, str(COUNT), str(meter.CORES), str(TABS)],
            stdout=subprocess.PIPE,
            encoding="ascii",
            check=True,
        )
        wall, cpu = map(float, done.stdout.split())
        return COUNT / wall, cpu / COUNT * 1e6

    def round(self):
        limit, limit_cpu = self.limit()
        self.job(self.few)
        job = self.job(self.people)
        return {"pdf": Sample(COUNT / job.wall, limit, job.cpu / COUNT * 1e6, limit_cpu)}
