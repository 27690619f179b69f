"""doctor finds what is broken: each fault is made for real, and what it says mends it."""

import os
import shutil
import signal
import sqlite3
import subprocess
import unittest

from house import BUILD, House

BATCHD = os.path.abspath(os.path.join(BUILD, "batchd"))


class Doctor(House):
    def setUp(self):
        super().setUp()
        self.folder = os.path.dirname(self.state)

    def findings(self, code=0, env=None):
        return self.ctl("doctor", "--json", code=code, env=env).lines()

    def find(self, check, result, code=0, env=None):
        """The findings of a check with this result."""
        found = [f for f in self.findings(code, env) if f["check"] == check and f["result"] == result]
        self.assertTrue(found, f"no {result} of {check}")
        return found

    def sql(self, script, *values):
        with sqlite3.connect(self.state) as connection:
            connection.execute(script, values)
        connection.close()

    def run_mend(self, mend):
        """The command behind the colon, as a person would type it."""
        command = mend.rsplit(": ", 1)[-1]
        subprocess.run(["/bin/sh", "-c", command], cwd=self.root, env=self.env, check=True, capture_output=True, timeout=60)

    def configure(self, text):
        self.write(".config/batch/config.toml", text)


class OfState(Doctor):
    def test_all_is_well(self):
        self.ctl("run", "--args", "a", "--", "true")
        done = self.ctl("doctor")
        self.assertRegex(
            done.out, r"^ok    state    ~/\.local/state/batch/state\.db: version \d+, [\d.]+ [KM]iB, counters agree\n"
        )
        self.assertRegex(done.out, r"\nok    disk     [\d.]+ [GM]iB free\n")
        self.assertRegex(done.err, r"^no problems(, \d+ warnings?)?\n$")

    def test_json_has_the_documented_shape_and_nothing_on_stderr(self):
        done = self.ctl("doctor", "--json")
        self.assertEqual(done.err, "")
        for finding in done.lines():
            self.assertEqual(list(finding), ["v", "check", "result", "message", "mend"])
            self.assertIn(finding["result"], ("ok", "warn", "fail"))
        self.assertEqual(
            self.ctl("doctor", "--json", "--fields", "check").lines()[0], {"v": 1, "check": "state"}
        )
        self.assertIn('"chek" is no field of doctor', self.ctl("doctor", "--fields", "chek", code=2).err)

    def test_it_makes_nothing_and_migrates_nothing(self):
        self.findings()
        self.assertFalse(os.path.exists(self.path(".local")))

    def test_what_others_may_read(self):
        self.ctl("submit", "--args", "a", "--", "true")
        os.chmod(self.folder, 0o755)
        os.chmod(self.state, 0o644)
        found = self.find("state", "warn")
        self.assertEqual(
            [f["message"] for f in found],
            [
                "~/.local/state/batch may be read by others (mode 755): rows and outputs are in it",
                "~/.local/state/batch/state.db may be read by others (mode 644): rows and outputs are in it",
            ],
        )
        for each in found:
            self.run_mend(each["mend"])
        self.assertNotIn("warn", [f["result"] for f in self.findings() if f["check"] == "state"])

    def test_a_counter_that_is_wrong(self):
        batch = self.ctl("run", "--args", "a", "b", "c", "--", "true").id
        self.sql("UPDATE batch SET done = 2, failed = 1")
        found = self.find("state", "fail", 1)
        self.assertIn(f"{batch[-8:]}: 3 done items are counted as 2", [f["message"] for f in found])
        self.assertIn(f"{batch[-8:]}: 0 failed items are counted as 1", [f["message"] for f in found])
        self.assertRegex(self.ctl("doctor", code=1).err, r"^\d problems")
        self.run_mend(found[0]["mend"] + " --yes")
        self.assertEqual([f["result"] for f in self.findings() if f["check"] == "state"], ["ok"])

    def test_drafts_of_submits_that_died(self):
        self.ctl("submit", "--args", "a", "--", "true")
        slow = subprocess.Popen(
            [os.path.join(BUILD, "batchctl"), "submit", "-", "--rows-format", "lines", "--", "true"],
            cwd=self.root,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        slow.stdin.write(b"row\n" * 40000)
        slow.stdin.flush()
        self.wait_until(lambda: self.drafts() == 1)
        slow.kill()
        slow.wait()
        slow.stdin.close()
        found = self.find("state", "warn")
        self.assertEqual(found[0]["message"], "1 change of programs that died half-way")
        self.batchd("--drain").wait(60)
        self.assertEqual([f["result"] for f in self.findings() if f["check"] == "state"], ["ok"])

    def drafts(self):
        connection = sqlite3.connect(self.state)
        count = connection.execute("SELECT count(*) FROM batch WHERE status < 0").fetchone()[0]
        connection.close()
        return count

    def test_a_log_that_a_killed_batchd_left_is_read_too(self):
        self.ctl("submit", "--args", "a", "b", "--", "true")
        daemon = self.batchd()
        self.wait_until(lambda: self.batch()["status"] == "done")
        daemon.kill()
        daemon.wait()
        self.assertEqual([f["result"] for f in self.findings() if f["check"] == "state"], ["ok"])

    def test_more_than_ten_gibibytes_of_finished_outputs(self):
        batch = self.ctl("run", "--args", "a", "--", "true").id
        folder = os.path.join(self.folder, "outputs", batch)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "large"), "wb") as file:
            os.truncate(file.fileno(), 11 << 30)
        found = self.find("outputs", "warn")
        self.assertEqual(found[0]["message"], "finished batches keep 11 GiB of outputs")
        self.run_mend(found[0]["mend"])

    def test_what_is_no_state_file(self):
        os.makedirs(self.folder)
        self.write(".local/state/batch/state.db", "x" * 5000)
        found = self.find("state", "fail", 1)
        self.assertEqual(found[0]["message"], "~/.local/state/batch/state.db is not a state file of batch")


    def test_one_that_is_being_made(self):
        os.makedirs(self.folder)
        self.write(".local/state/batch/state.db", "")
        found = self.find("state", "ok")
        self.assertEqual(found[0]["message"], "~/.local/state/batch/state.db is not there yet; the first submit makes it")


class OfBatchd(Doctor):
    def test_one_that_works(self):
        self.ctl("status")  # makes the state file
        daemon = self.batchd()
        self.assertRegex(
            self.find("batchd", "ok")[0]["message"],
            rf"^running: pid {daemon.pid}, version [\d.]+, did work [\d.]+(ms|s|m) ago$",
        )

    def test_one_that_is_stopped(self):
        daemon = self.batchd()
        daemon.send_signal(signal.SIGSTOP)
        found = self.find("batchd", "fail", 1)
        self.assertEqual(found[0]["message"], f"pid {daemon.pid} is stopped")
        self.run_mend(found[0]["mend"])
        self.find("batchd", "ok")

    def test_nobody_works_and_something_waits(self):
        self.ctl("submit", "--args", "a", "--", "true")
        self.assertEqual(self.find("batchd", "warn")[0]["message"], "not running; 1 batch waits for it")

    def test_a_lock_that_nobody_holds(self):
        self.ctl("submit", "--args", "a", "--", "true")
        with open(self.state + ".lock", "w", encoding="utf-8") as lock:
            lock.write('{"for":"batchd","version":"9","pid":1,"start_time":1,"boot_id":"x"}\n')
        self.assertEqual(self.find("batchd", "warn")[0]["message"], "not running; 1 batch waits for it")

    def test_a_batch_that_waits_for_a_person(self):
        self.ctl("submit", "--args", "a", "--", "sh", "-c", "exit 78")
        daemon = self.batchd()
        self.wait_until(lambda: self.batch()["paused"])
        found = self.find("batch", "fail", 1)
        self.assertRegex(found[0]["message"], r"^\w{8} \(sh\) is paused: ")
        daemon.kill()


class OfPlugins(Doctor):
    def plugin(self, name, text):
        path = self.write("plugins/" + name, text)
        os.chmod(path, 0o755)
        self.configure(f'plugins.path = ["{self.path("plugins")}"]\n')

    def test_an_interpreter_that_is_missing(self):
        self.plugin("watermark", "#!/usr/bin/pythonX\n")
        found = self.find("plugin", "fail", 1)
        self.assertRegex(found[0]["message"], r"^plugin watermark: cannot run .*: its interpreter /usr/bin/pythonX is missing$")
        self.assertTrue(found[0]["mend"])

    def test_a_module_that_is_missing(self):
        self.plugin("watermark", "#!/usr/bin/python3\nimport no_such_module\n")
        self.assertEqual(
            self.find("plugin", "fail", 1)[0]["message"],
            "plugin watermark: it does not describe itself: exit code 1: "
            "ModuleNotFoundError: No module named 'no_such_module'",
        )

    def test_one_that_says_what_it_needs(self):
        self.plugin(
            "needy",
            """#!/bin/sh
[ "$1" != --describe ] || { echo '{"protocol":1,"name":"needy","version":"1","in":["*/*"],"out":["text/plain"],"concurrency":1,"options":{"type":"object"}}'; exit; }
read init
echo '{"type":"error","class":"config","code":"no_tool","message":"it needs the tool","hint":"install it: apt install tool"}'
""",
        )
        found = self.find("plugin", "fail", 1)
        self.assertEqual((found[0]["message"], found[0]["mend"]), ("plugin needy: it needs the tool", "install it: apt install tool"))

    def test_a_browser_that_is_missing(self):
        found = self.find("plugin", "fail", 1, env={"BATCH_CHROMIUM": "/nowhere/chromium"})
        self.assertIn("chromium", found[0]["message"])

    def test_a_jail_that_cannot_be_had(self):
        bwrap = self.write("bin/bwrap", "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
        os.chmod(bwrap, 0o755)
        env = {"PATH": self.path("bin") + ":" + self.env["PATH"]}
        found = self.find("jail", "fail", 1, env)
        self.assertEqual(found[0]["message"], "bwrap: No permissions to create new namespace")
        self.assertIn("sysctl", found[0]["mend"])

    def test_no_bubblewrap_at_all(self):
        os.makedirs(self.path("bin"))
        for name in ("sh", "python3", "chromium-headless-shell", "fc-list", "true"):
            found = shutil.which(name)
            if found:
                os.symlink(os.path.realpath(found), self.path("bin/" + name))
        found = self.find("jail", "fail", 1, {"PATH": self.path("bin")})
        self.assertEqual(found[0]["mend"], "apt install bubblewrap")

    def test_a_jail_that_is_off(self):
        self.configure('plugins.jail = "off"\n')
        self.assertIn("off: templates and pages are rendered with your rights", self.find("jail", "warn")[0]["message"])

    def test_no_fonts(self):
        config = self.write("fonts.conf", '<?xml version="1.0"?><fontconfig></fontconfig>')
        found = self.find("fonts", "warn", env={"FONTCONFIG_FILE": config})
        self.assertIn("apt install fonts-noto-core", [f["mend"] for f in found])
        self.assertTrue(any("Devanagari" in f["message"] for f in found))

    def test_a_stored_template_that_no_longer_compiles(self):
        self.write("card.html", "<p>{{ name }}</p>")
        self.ctl("template", "add", "card", "card.html")
        self.sql("UPDATE template SET source = '{% if %}'")
        found = self.find("template", "fail", 1)
        self.assertTrue(found[0]["message"].startswith("card: "))


class OfConfiguration(Doctor):
    def test_what_is_wrong_with_its_place(self):
        self.configure("[items]\nretires = 3\n")
        found = self.find("config", "fail", 1)
        self.assertEqual(
            found[0]["message"],
            self.path(".config/batch/config.toml") + ':2:1: "retires" is no key of [items]; did you mean "retries"?',
        )

    def test_a_variable_that_means_nothing(self):
        done = self.ctl("doctor", env={"BATCH_STAT_PATH": "/x"})
        self.assertIn("warn  config   the variable BATCH_STAT_PATH means nothing; did you mean BATCH_STATE_PATH?\n", done.out)
        self.assertNotIn("BATCH_STAT_PATH", done.err)


if __name__ == "__main__":
    unittest.main()
