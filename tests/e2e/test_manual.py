"""The examples of the man pages, typed as they stand there, in a folder that has the files they name."""

import glob
import os
import re
import shutil
import subprocess
import unittest

from house import SOURCE, House

# What ends otherwise than with success, and why.
CODES = {
    "batchctl retry": (0, 1),  # the verdict of a batch that has failed before
    "batchctl wait": (1,),
    "batchctl watch": (1,),
}


def examples(path):
    """The blocks of the section EXAMPLES, each a text."""
    with open(path, encoding="utf-8") as file:
        section = re.search(r"^== EXAMPLES\n(.*?)^== ", file.read(), re.S | re.M)
    if not section:
        return []
    text = re.sub(r"^\.{4}\n.*?^\.{4}\n", "", section.group(1), flags=re.S | re.M)
    return ["\n".join(line[1:] for line in block) for block in blocks_of(text.splitlines())]


def blocks_of(lines):
    block = []
    for line in [*lines, ""]:
        if line.startswith(" "):
            block.append(line)
        elif block:
            yield block
            block = []


class Manual(House):
    def setUp(self):
        super().setUp()
        self.env.pop("XDG_DATA_HOME")
        for name in ".local/share/batch/plugins", ".config/fish/completions", ".batch":
            os.makedirs(self.path(name))
        shutil.copy(os.path.join(SOURCE, "man/examples/people.csv"), self.root)
        self.write("students.csv", "name,class,points\n" + "".join(f"Anna {i},7a,{i}\n" for i in range(6)))
        for name in "certificate.html", "card.html", "letter.html":
            self.write(name, "<p>{{ name }} {{ points }}</p>\n" if name != "letter.html" else "<p>{{ name }}</p>\n")
        self.write("rows.csv", "name,points\nAda,1\n")
        self.write("urls.txt", "https://example.org/a\n")
        self.write("urls.csv", "id,url\n1,https://example.org/a\n")
        self.write("pages.csv", "url\nhttps://example.org/a\n")
        self.write("people.ndjson", '{"name":"Ada","user":{"id":7}}\n')
        self.write("new.toml", "workers.count = 3\n")
        self.write("a.wav", "")
        for name, script in {
            "bin/curl": "exit 22",
            "bin/lame": "exit 0",
            "check": "exit 0",
            "load": "cat >/dev/null",
            "lookup": "echo 1",
        }.items():
            os.chmod(self.write(name, f"#!/bin/sh\n{script}\n"), 0o755)
        self.env["PATH"] = self.path("bin") + ":" + self.env["PATH"]
        self.env["PAGER"] = "cat"

    def past(self, page):
        """What the page speaks of has happened."""
        if page in ("batchctl-cancel.1", "batchctl-pause.1", "batchctl-resume.1"):
            self.write("many.txt", "x\n" * 5000)
            self.ctl("submit", "many.txt", "--hold", "--", "true")
        elif page in ("batchctl-results.1", "batchctl-logs.1", "batchctl-rm.1", "batchctl-prune.1"):
            self.write("many.csv", "name,points\n" + "a,1\n" * 20)
            self.ctl("run", "many.csv", "--", "sh", "-c", 'echo "$1" >&2; echo "$1" >"$2/x.pdf"', "sh", "{name}", "{@out}")
        else:
            self.ctl("run", "urls.csv", "--item-timeout", "200ms", "--", "sleep", "3", code=1)

    def commands(self, page, block):
        """One script of a block that belongs together, else one of each line."""
        if "Makefile" in block or "$(CURDIR)" in block:
            return []
        whole = re.search(r'^id=|^batchctl plugin new|^batchctl template add', block, re.M)
        return [block] if whole else block.splitlines()

    def allowed(self, command):
        return next((codes for start, codes in CODES.items() if command.startswith(start)), (0,))

    def run_page(self, page, path):
        self.past(page)
        count = 0
        for block in examples(path):
            for command in self.commands(page, block):
                self.type(command)
                count += 1
        return count

    def type(self, command):
        short = self.batch()["short"]
        command = command.replace("0e4c2a11", short).replace("/etc/jobs/", self.root + "/")
        shell = "bash" if "completion bash" in command else "zsh" if "completion zsh" in command else "sh"
        if shell == "zsh":
            command = "autoload -U compinit && compinit -D && " + command
        done = subprocess.run(
            [shell, "-c", command],
            cwd=self.root,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        self.assertIn(done.returncode, self.allowed(command), f"{command}\n{done.stdout}{done.stderr}")
        self.assertNotIn("batchctl: error:", done.stderr, command)


def test_of(path):
    page = os.path.basename(path).removesuffix(".adoc")

    def test(self):
        if page == "batchctl.1":
            self.write("nightly.toml", 'rows = "urls.txt"\ncommand = ["true"]\n')
            self.write("urls.txt", "a\n")
            self.batchd()
        self.assertGreater(self.run_page(page, path), 0, "a page without an example")

    return test


class Examples(Manual):
    pass


for each in sorted(glob.glob(os.path.join(SOURCE, "man/*.[18].adoc"))):
    if each.endswith("batchctl-queue.1.adoc") or "batchctl-auth" in each:
        continue  # needs a broker: test_rabbitmq.py, or a provider: test_manual_auth.py
    name = re.sub(r"\W", "_", os.path.basename(each).removesuffix(".adoc"))
    setattr(Examples, "test_" + name, test_of(each))


class JobFiles(Manual):
    def test_each_job_file_is_one(self):
        self.env["BATCH_ACCESS_TOKEN"] = "instead-of-a-login"
        for block in examples(os.path.join(SOURCE, "man/batch-job.5.adoc")):
            name = re.match(r"# (\w+\.toml)", block).group(1)
            self.write(name, block + "\n")
            self.ctl("submit", name, "--dry-run")


if __name__ == "__main__":
    unittest.main()
