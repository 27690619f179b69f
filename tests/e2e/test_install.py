"""What cmake --install puts somewhere works there, and finds its parts."""

import os
import shutil
import subprocess
import unittest

from house import BUILD, House


class Installed(House):
    def setUp(self):
        super().setUp()
        self.prefix = self.path("usr")
        done = subprocess.run(
            ["cmake", "--install", BUILD, "--prefix", self.prefix],
            capture_output=True, encoding="utf-8", timeout=120, check=False,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.env["PATH"] = os.path.join(self.prefix, "bin") + ":/usr/bin:/bin"
        self.env.pop("XDG_DATA_HOME")

    def sh(self, *words):
        done = subprocess.run(
            words, cwd=self.root, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=120, check=False
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done

    def test_the_main_job_runs_from_there(self):
        self.write("people.csv", "name\nAda\n")
        self.write("card.html", "<p>{{ name }}</p>")
        done = self.sh("batchctl", "run", "people.csv", "-t", "card.html", "--to", "pdf", "-d", "cards", "-o", "{name}")
        self.assertIn("1 of 1 item done", done.stderr)
        self.assertTrue(os.path.exists(self.path("cards/Ada.pdf")))
        plugins = self.sh("batchctl", "plugin", "list", "--fields", "path", "--no-header").stdout.splitlines()
        self.assertGreaterEqual(len(plugins), 5)
        for path in plugins:
            self.assertEqual(os.path.dirname(path), os.path.join(self.prefix, "libexec/batch/plugins"))

    def test_manual_and_completion_are_where_others_look(self):
        share = os.path.join(self.prefix, "share")
        for name in (
            "man/man1/batchctl.1", "man/man1/batchctl-submit.1", "man/man5/batch-config.5", "man/man7/batch-plugin.7",
            "man/man8/batchd.8", "bash-completion/completions/batchctl", "zsh/vendor-completions/_batchctl",
            "fish/vendor_completions.d/batchctl.fish",
        ):
            self.assertTrue(os.path.exists(os.path.join(share, name)), name)
        if shutil.which("man"):
            self.env["MANPATH"] = os.path.join(share, "man")
            self.env["MANPAGER"] = "cat"
            self.assertIn("works off the batches of a state file", self.sh("man", "8", "batchd").stdout)


if __name__ == "__main__":
    unittest.main()
