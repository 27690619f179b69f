#!/usr/bin/python3
"""Secrets are where they belong and nowhere else: oauth-P12, P13, P14, P18, and row 94 of what has to hold."""

import contextlib
import os
import stat
import subprocess
import unittest

from auth_house import ALICE, AUTH, AuthHouse, strace, transparent
from drive_house import PLUGIN, DriveHouse
from house import BUILD
from orphans import adopt, children, descendants, wait_for_orphans

from drive import Drive

CANARY = "canary-of-an-access-token"
CALLS = ["-e", "trace=prctl,prlimit64,openat,execve", "-s", "300"]
SPY = """#!/usr/bin/python3
import os, subprocess, sys

with open({seen!r}, "w") as file:
    print(*(f"{{name}}={{value}}" for name, value in os.environ.items()), *sys.argv, sep="\\n", file=file)
    for fd in os.listdir("/proc/self/fd"):
        try:
            print("fd", fd, os.readlink("/proc/self/fd/" + fd), file=file)
        except OSError:
            pass
subprocess.run([{browser!r}, *sys.argv[1:]])
"""


def texts_of_processes():
    """Command line and environment of all that this test has started."""
    for pid in descendants():
        for name in ("cmdline", "environ"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    yield pid, name, file.read()


class Leaks(AuthHouse, DriveHouse):
    def setUp(self):
        super().setUp()
        del self.env["BATCH_ACCESS_TOKEN_FILE"]
        self.drive = Drive(accepts=self.who)
        self.drive.__enter__()
        self.addCleanup(self.drive.__exit__)
        self.folder = self.drive.folder(owner=ALICE, app="the app")
        self.env["BATCH_DRIVE_URL"] = self.drive.url

    def who(self, token):
        if token == CANARY:
            return ALICE, "https://www.googleapis.com/auth/drive"
        known = self.provider.look_up(token)
        return (known["email"], known["scope"]) if known["active"] else None

    def secrets(self):
        return {*self.provider.tokens_issued, *self.provider.secrets()["client_secret"]}

    def test_p12_p18_what_the_browser_gets(self):
        """No variable of ours, no descriptor but the three, nothing on its command line but the address."""
        self.browser()
        os.rename(self.path("bin/xdg-open"), self.path("bin/real"))
        spy = SPY.format(seen=self.path("seen"), browser=self.path("bin/real"))
        self.browser = lambda *_, **__: self.program("bin/xdg-open", spy)
        self.log_in(env={"BATCH_ACCESS_TOKEN": CANARY, "GOOGLE_APPLICATION_CREDENTIALS": "/canary"})
        with open(self.path("seen"), encoding="utf-8") as file:
            seen = file.read()
        self.assertIn("/start/", seen)
        self.assertNotIn("canary", seen)
        self.assertNotIn("BATCH_", seen)
        self.assertNotIn("socket:", seen)
        self.assertNotIn("memfd:", seen)
        self.assertNotIn(self.credentials, seen)
        self.assertSilent(seen)

    def assertNobodyHasOne(self, *looked_at):
        """On its command line or in its environment; the processes that were looked at are among all."""
        adopt()
        secrets = {secret.encode() for secret in self.secrets()}
        seen = set()
        for pid, name, text in texts_of_processes():
            self.assertEqual([secret for secret in secrets if secret in text], [], (pid, name))
            seen.add((pid, name, bool(text)))
        self.assertLessEqual({(pid, name, True) for pid in looked_at for name in ("cmdline", "environ")}, seen)

    def test_p12_no_process_has_one_on_its_command_line_or_in_its_environment(self):
        self.have_login(used_up=True)
        held = self.hold(under=transparent())
        self.assertNobodyHasOne(held.pid)
        self.provider.release()
        self.end(held)

    def test_p12_nor_have_those_that_deliver(self):
        self.have_login(used_up=True)
        adopt()  # also who is left behind
        held = self.drive.fault("upload.multipart", at="start", do="hold")
        daemon = self.batchd(under=transparent())
        batch = self.submit("Ada")
        held.wait(60)
        (plugin,) = self.plugins(daemon)
        self.assertNobodyHasOne(daemon.pid, plugin)
        held.release()
        self.finish(batch)

    def test_p12_p14_a_token_of_the_environment_goes_to_drive_and_nowhere_else(self):
        """batchd takes it out; commands, the state file and the log have no trace of it."""
        self.env["BATCH_ACCESS_TOKEN"] = CANARY
        daemon = self.batchd(under=transparent())
        for name in (f"/proc/{daemon.pid}/environ", f"/proc/{daemon.pid}/cmdline"):
            with open(name, "rb") as file:
                self.assertNotIn(CANARY.encode(), file.read(), name)
        del self.env["BATCH_ACCESS_TOKEN"]
        self.write("people.csv", "name\nAda\n")
        script = 'env >"$1/it.txt"; tr "\\0" "\\n" </proc/$PPID/environ >>"$1/it.txt"; ls -l /proc/$$/fd >>"$1/it.txt"'
        self.ctl("submit", "people.csv", "-d", f"drive:{self.folder}", "--", "sh", "-c", script, "sh", "{@out}", env={
            "BATCH_ACCESS_TOKEN": CANARY})
        self.finish()
        (file,) = self.drive.files()
        self.assertNotIn(CANARY.encode(), file.content)
        self.assertNotIn(b"memfd", file.content)
        self.assertNowhere([CANARY])
        for words in (["results", "@last"], ["status", "@last"], ["logs", "@last"], ["items", "@last"]):
            self.assertNotIn(CANARY, self.ctl(*words, "--json", code=None).out)

    def test_p13_no_core_and_nobody_of_the_same_user_looks_in(self):
        self.have_login(used_up=True)
        held = self.hold()
        with open(f"/proc/{held.pid}/limits", encoding="ascii") as file:
            self.assertRegex(file.read(), r"Max core file size +0 +0 ")
        held.send_signal(6)
        self.end(held, -6)
        self.provider.release()
        self.assertEqual([name for name in os.listdir(self.root) if "core" in name], [])

    def test_p13_it_says_so_before_it_reads_a_secret(self):
        """Each of the programs that do."""
        self.have_login()
        for words in (["batchctl", "auth", "token"], ["batchctl-auth", "auth", "token"]):
            program = os.path.join(BUILD, "batchctl") if words[0] == "batchctl" else AUTH
            with self.subTest(words[0]):
                log = self.path("strace.log")
                done = subprocess.run([*strace(*CALLS, "-o", log), program, *words[1:]], cwd=self.root, env=self.env,
                                      capture_output=True, timeout=60, check=True)
                self.assertTrue(done.stdout)
                self.assertPrivate(self.calls(log), ALICE + ".json")

    def test_p13_so_does_what_delivers(self):
        self.have_login()
        adopt()
        others, log = children(), self.path("strace.log")
        daemon = self.batchd(under=strace("-D", *CALLS, "-o", log))
        self.finish(self.submit("Ada"))
        daemon.terminate()
        daemon.wait(60)
        wait_for_orphans(others)  # strace has written all then
        calls = self.calls(log)
        starts = [(number, pid) for number, (pid, call) in enumerate(calls) if call.startswith(f'execve("{PLUGIN}"')]
        ofs = [[call for call in calls[start:] if call[0] == pid] for start, pid in starts]
        readers = [of for of in ofs if any(ALICE + ".json" in call for _, call in of)]
        self.assertTrue(readers)
        for of in readers:
            self.assertPrivate(of, ALICE + ".json")

    def calls(self, log):
        """(pid, what it asked for) of each."""
        with open(log, encoding="utf-8", errors="replace") as file:
            return [tuple(line.strip().split(maxsplit=1)) for line in file]

    def assertPrivate(self, calls, name):
        """By the time when the file is opened."""
        calls = [call for _, call in calls]
        first = next(number for number, call in enumerate(calls) if call.startswith("openat(") and name in call)
        self.assertTrue([call for call in calls[:first] if call.startswith("prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)")])
        self.assertTrue([call for call in calls[:first] if "RLIMIT_CORE, {rlim_cur=0, rlim_max=0}" in call])

    def test_p14_row_94_a_whole_life_leaves_no_trace(self):
        """Login, renewal, trouble, delivery, the end, the logout; with all that is said, and all that is on the disk."""
        said = self.log_in_for(1, "-v").err
        self.fault_refresh(status=503)
        self.fault_refresh(html=True)
        said += self.ctl("auth", "token", "-v", code=None).err
        self.deliver("Ada")
        said += self.ctl("auth", "refresh", "-v").err + self.ctl("auth", "status", "--check", "--json").out
        self.revoke()
        self.drive.fault("upload.multipart", status=401, times=None)
        self.deliver("Bob", code=4)
        for words in (["auth", "status", "-v"], ["auth", "list"], ["doctor"], ["config", "show"], ["status", "@last", "--json"],
                      ["results", "@last", "--json"], ["logs", "@last"], ["items", "@last", "--json"], ["auth", "token"]):
            done = self.ctl(*words, code=None)
            said += done.out + done.err
        for secret in self.secrets():
            self.assertNotIn(secret, said)
        self.assertGreater(len(self.provider.tokens_issued), 8)
        self.assertNowhere(self.provider.tokens_issued)
        self.assertNowhere(self.provider.secrets()["client_secret"], self.client_file)
        self.assertFalse(stat.S_IMODE(os.stat(self.file_of()).st_mode) & 0o077)
        out = self.log_out(code=None)
        self.assertSilent(out.out + out.err)


if __name__ == "__main__":
    unittest.main()
