#!/usr/bin/python3
"""Secrets are where they belong and nowhere else: oauth-P12, P13, P14, P18, and row 94 of what has to hold."""

import os
import stat
import unittest

from auth_house import ALICE, AuthHouse, strace
from drive_house import DriveHouse

from drive import Drive

CANARY = "canary-of-an-access-token"
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
    """Command line and environment of everybody whose they may be read."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for name in ("cmdline", "environ"):
            try:
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    yield pid, name, file.read()
            except OSError:
                pass


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

    def test_p12_no_process_has_one_on_its_command_line_or_in_its_environment(self):
        self.have_login(used_up=True)
        held = self.hold()
        secrets = {secret.encode() for secret in self.secrets()}
        for pid, name, text in texts_of_processes():
            self.assertEqual([secret for secret in secrets if secret in text], [], (pid, name))
        self.provider.release()
        self.end(held)

    def test_p12_p14_a_token_of_the_environment_goes_to_drive_and_nowhere_else(self):
        """batchd takes it out; commands, the state file and the log have no trace of it."""
        self.env["BATCH_ACCESS_TOKEN"] = CANARY
        daemon = self.batchd()
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
        self.have_login()
        log = self.path("strace.log")
        self.end(self.start("auth", "token", under=strace("-e", "trace=prctl,prlimit64,openat", "-s", "300", "-o", log)))
        with open(log, encoding="utf-8") as file:
            said = file.read()
        first = said.index(ALICE + ".json")
        self.assertLess(said.index("prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)"), first)
        self.assertLess(said.index("RLIMIT_CORE"), first)

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
