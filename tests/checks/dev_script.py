#!/usr/bin/python3
"""./dev with tools that only pretend: what it says, what it runs, and how it ends.

dev_script.py ROOT"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
TOOLS = ["sh", "cat", "cmp", "cp", "dirname", "echo", "env", "grep", "mkdir", "pwd", "rm", "sed", "tail", "touch"]


class Dev(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="batch-dev-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        shutil.copy(ROOT / "dev", self.root / "dev")
        self.bin = self.root / "bin"
        self.bin.mkdir()
        for name in TOOLS:
            self.bin.joinpath(name).symlink_to(shutil.which(name))
        self.tool("id", "echo 1000")
        self.tool("dpkg-query", 'for name; do :; done; grep -qx "$name" installed && echo "ii " || exit 1')
        self.tool("cmake", "mkdir -p build/release; touch build/release/batchctl; echo cmake \"$@\" >>calls")
        self.installed("all")

    def tool(self, name, script):
        path = self.bin / name
        path.write_text("#!/bin/sh\n" + script + "\n")
        path.chmod(0o755)

    def installed(self, *names):
        all_packages = self.dev("setup", "--list").stdout.split()
        names = all_packages if names == ("all",) else names
        (self.root / "installed").write_text("".join(name + "\n" for name in names))

    def dev(self, *words, code=0):
        done = subprocess.run(
            [self.root / "dev", *words], env={"PATH": str(self.bin)}, capture_output=True, encoding="utf-8",
            stdin=subprocess.DEVNULL, timeout=60, check=False,
        )
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def calls(self):
        path = self.root / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def test_without_a_word_it_lists_what_it_does(self):
        self.assertTrue(self.dev().stdout.startswith("Usage: ./dev COMMAND\n"))
        self.assertIn('there is no "tset"', self.dev("tset", code=2).stderr)

    def test_the_list_names_each_package_once(self):
        names = self.dev("setup", "--list").stdout.split()
        self.assertIn("g++", names)
        self.assertEqual(len(names), len(set(names)))

    def test_with_everything_there_nothing_is_installed(self):
        self.tool("sudo", "echo sudo >>calls")
        self.assertEqual(self.dev("setup").stderr, "")
        self.assertEqual(self.calls(), [])

    def test_what_is_missing_is_installed_with_sudo(self):
        self.installed("g++")
        self.tool("sudo", 'echo "$@" >>calls')
        said = self.dev("build").stderr
        self.assertRegex(
            said, r"^dev: \d+ Debian packages are missing; installing them with sudo \(list: \./dev setup --list\)\n"
        )
        update, install, *_ = self.calls()
        self.assertEqual(update, "apt-get update -q")
        self.assertIn("--no-remove", install)
        self.assertIn(" cmake ", install)
        self.assertNotIn(" g++ ", install)

    def test_root_needs_no_sudo(self):
        self.installed("g++")
        self.tool("id", "echo 0")
        self.tool("apt-get", 'echo apt-get "$@" >>calls')
        self.assertIn("installing them (list: ./dev setup --list)", self.dev("build").stderr)
        self.assertEqual(self.calls()[0], "apt-get update -q")

    def test_neither_root_nor_sudo_gets_the_one_line_to_run(self):
        self.installed("g++")
        said = self.dev("build", code=1).stderr.splitlines()
        self.assertRegex(said[0], r"^dev: \d+ Debian packages are missing, and there is no sudo to install them with; as root:$")
        self.assertRegex(said[1], r"^dev: apt-get install --no-install-recommends cmake [a-z0-9+. -]+$")
        self.assertEqual(len(said), 2)
        self.assertEqual(self.calls(), [])

    def test_an_installation_that_fails_shows_why(self):
        self.installed("g++")
        self.tool("sudo", "echo 'E: no network'; exit 100")
        said = self.dev("build", code=1).stderr.splitlines()
        self.assertIn("E: no network", said)
        self.assertEqual(said[-2], "dev: the packages could not be installed; the whole log: build/setup.log")
        self.assertTrue(said[-1].startswith("dev: by hand, as root: apt-get install --no-install-recommends cmake "))

    def test_a_build_is_quiet_and_kept_in_a_log(self):
        said = self.dev("build").stderr
        self.assertRegex(said, r"^dev: building \(about \d minutes the first time\)\n$")
        self.assertEqual(self.dev("build").stderr, "dev: building\n")
        self.assertEqual(self.calls()[:2], ["cmake --preset release", "cmake --build build/release"])
        self.assertTrue((self.root / "build/release/build.log").exists())

    def test_a_failed_build_ends_with_what_the_compiler_said(self):
        self.tool("cmake", "echo '[1/9] fine'; echo 'FAILED: a.o'; echo 'a.cpp:3: error: boom'; echo '  3 | x'; exit 1")
        said = self.dev("build", code=1).stderr.splitlines()
        self.assertEqual(
            said[1:],
            ["FAILED: a.o", "a.cpp:3: error: boom", "  3 | x", "dev: build failed; the whole log: build/release/build.log"],
        )

    def test_fuzz_names_its_targets_and_runs_one(self):
        shutil.copytree(ROOT / "tests/fuzz", self.root / "tests/fuzz")
        names = "callback client_file credential id_token token_response"
        self.assertEqual(self.dev("fuzz", code=2).stderr, f"dev: fuzz wants one of these: {names}\n")
        self.assertIn(names, self.dev("fuzz", "target", code=2).stderr)
        with (self.root / "installed").open("a") as packages:
            packages.write("clang-14\nlibclang-rt-14-dev\n")
        self.tool("fuzz_callback", 'echo ran "$@" >>calls')
        (self.root / "build/fuzz/tests/fuzz").mkdir(parents=True)
        shutil.copy(self.bin / "fuzz_callback", self.root / "build/fuzz/tests/fuzz")
        self.dev("fuzz", "callback", "7")
        configure, build, ran = self.calls()
        self.assertEqual((configure, build), ("cmake --preset fuzz", "cmake --build build/fuzz --target fuzz_callback"))
        self.assertIn("-max_total_time=7", ran)
        self.assertTrue(ran.endswith("build/fuzz/corpus/callback tests/fuzz/corpus/callback"), ran)

    def peers(self, npm):
        self.tool("ctest", "echo ctest >>calls")
        self.tool("npm", 'for to; do :; done\necho npm "$@" >>calls\n' + npm)
        shutil.copytree(ROOT / "tests/peers", self.root / "tests/peers")

    def npm_calls(self):
        return [line for line in self.calls() if line.startswith("npm ")]

    def test_peers_are_fetched_once_and_again_when_their_versions_change(self):
        self.peers("mkdir $to/node_modules; touch $to/node_modules/.package-lock.json")
        said = self.dev("test").stderr
        self.assertIn("dev: fetching NestJS 10 with npm into build/peers/nestjs-10\n", said)
        self.assertIn("dev: fetching oidc-provider with npm into build/peers/oidc\n", said)
        all_calls = [f"npm ci --prefix build/peers/{peer}" for peer in ("nestjs-9", "nestjs-10", "oidc")]
        self.assertEqual(self.npm_calls(), all_calls)
        self.assertNotIn("fetching", self.dev("test").stderr)
        self.assertEqual(self.npm_calls(), all_calls)
        for folder, call in (("nestjs/nest9", all_calls[0]), ("oidc", all_calls[2])):
            with (self.root / f"tests/peers/{folder}/package-lock.json").open("a") as lock:
                lock.write("\n")
            self.dev("test")
            self.assertEqual(self.npm_calls()[-1], call)
        self.assertEqual(len(self.npm_calls()), 5)

    def test_a_peer_that_came_in_part_is_fetched_again(self):
        self.peers("mkdir $to/node_modules; exit 1")
        for _ in range(2):
            said = self.dev("test", code=1).stderr
            self.assertTrue(said.endswith("dev: npm failed; the whole log: build/peers/nestjs-9/npm.log\n"), said)
        self.assertEqual(self.npm_calls(), ["npm ci --prefix build/peers/nestjs-9"] * 2)
        self.assertNotIn("ctest", self.calls())


if __name__ == "__main__":
    unittest.main()
