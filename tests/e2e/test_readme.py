"""The five minutes of the README, typed as they stand there."""

import os
import re
import shutil
import subprocess
import unittest

from house import SOURCE, House


def sections(path):
    """Heading: the blocks of code below it, each a text without its indent."""
    found, heading, block = {}, "", []
    with open(path, encoding="utf-8") as file:
        for line in [*file.read().splitlines(), "# end"]:
            if line.startswith("    ") or (block and not line):
                block.append(line[4:])
                continue
            if block:
                found.setdefault(heading, []).append("\n".join(block).strip("\n"))
                block = []
            if line.startswith("#"):
                heading = line.strip("# ")
    return found


class Tour(House):
    def setUp(self):
        super().setUp()
        self.blocks = sections(os.path.join(SOURCE, "README.md"))

    def sh(self, script, code=0, env=None):
        done = subprocess.run(
            ["/bin/sh", "-c", script],
            cwd=self.root,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        self.assertEqual(done.returncode, code, f"{script}\n{done.stdout}{done.stderr}")
        return done

    def tool(self, name, script):
        path = self.write(name, "#!/bin/sh\n" + script)
        os.chmod(path, 0o755)

    def test_documents(self):
        done = self.sh("\n".join(self.blocks["Documents"]))
        self.assertIn("2 of 2 items done", done.stderr)
        self.assertTrue(os.path.exists(self.path("cards/blue/Ada Lovelace.pdf")))
        self.assertTrue(os.path.exists(self.path("cards/red/Jürgen Müller.pdf")))
        text = subprocess.run(
            ["pdftotext", self.path("cards/blue/Ada Lovelace.pdf"), "-"], capture_output=True, encoding="utf-8", check=True
        ).stdout
        self.assertIn("93 points for team blue.", text)

    def test_any_command(self):
        run, looks = self.blocks["Any command"]
        self.assertIn("2 of 3 items done", self.sh(run, 1).stderr)
        codes = []
        for line in looks.splitlines():
            done = self.sh(f"{line}; echo $? >&2")
            codes.append(int(done.stderr.splitlines()[-1]))
            self.assertTrue(done.stdout, line)
        # The last one tries the failed row again, and it fails again.
        self.assertEqual(codes, [0] * (len(codes) - 1) + [1])

    def test_cron(self):
        (line,) = self.blocks["Cron"]
        schedule = re.match(r"(\S+ ){4}\S+  ", line)
        self.assertTrue(schedule, "five times, and two spaces before the command")
        # What cron does to the line, and a job file that is here.
        command = line[schedule.end() :].replace("\\%", "%").replace("/etc/jobs/", self.root + "/")
        self.write("nightly.toml", 'rows = "words.txt"\ncommand = ["test", "{}", "!=", "beta"]\n')
        self.write("words.txt", "alpha\n")
        for _ in range(2):
            done = self.sh(command)
            self.assertEqual((done.stdout, done.stderr), ("", ""))
        self.assertEqual(len(self.ctl("status", "--json").lines()), 1)

    def test_ci(self):
        (block,) = self.blocks["CI"]
        self.write("pages.csv", "url\nhttps://example.org/a\n")
        self.tool("check", "echo fine\n")
        self.sh(block, env={"CI_RUN": "7"})
        with open(self.path("results.ndjson"), encoding="utf-8") as file:
            self.assertEqual(file.read().count("fine"), 1)

    def test_where_others_come_from(self):
        with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as file:
            lines = [line for line in file if line.startswith("| `") and "batchctl" in line]
        commands = [command for line in lines for command in re.findall(r"`(batchctl [^`]+)`", line.split("|")[2])]
        self.assertGreaterEqual(len(commands), 7)
        self.write("a.wav", "")
        self.write("u.csv", "id,url\n1,https://example.org/\n")
        self.write("rows.ndjson", '{"name":"Ada"}\n')
        for name in "lame", "curl", "cmd":
            self.tool("bin/" + name, "exit 0\n")
        self.tool(".local/share/batch/plugins/mytask", "")
        shutil.copy(os.path.join(SOURCE, "man/examples/shout"), self.path(".local/share/batch/plugins/shout"))
        self.env["PATH"] = self.path("bin") + ":" + self.env["PATH"]
        self.env.pop("XDG_DATA_HOME")
        for command in commands:
            command = command.replace("--step mytask", "--step shout:column=name")
            nothing_failed = 9 if " retry " in command else 0
            self.sh(command + (" --start" if " wait " in command else ""), nothing_failed)


if __name__ == "__main__":
    unittest.main()
