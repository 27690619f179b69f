#!/usr/bin/python3
"""Every command has its source, its line in the list, its man page and its place in the manual;
every promise of the README has its test.

lists.py ROOT [BATCHCTL]: with the program also its help and completion."""
import pathlib
import re
import subprocess
import sys


def registered(list_file):
    return re.findall(r"^REGISTER\(([a-z0-9_]+)\)", list_file.read_text(), re.M)


def words_of(commands):
    """The first words: "template" of template_add, which is typed "template add"."""
    return list(dict.fromkeys(name.split("_")[0] for name in commands))


def compare(what, left, right):
    """`left` and `right` are (description, names)."""
    for (here, names), (there, others) in ((left, right), (right, left)):
        for name in sorted(set(names) - set(others)):
            yield f"{what}: {name} is in {here}, not in {there}"


def file_problems(root):
    commands = registered(root / "cli/commands.def")
    listed = ("cli/commands.def", commands)
    sources = [path.stem for path in (root / "cli/commands").glob("*.cpp")]
    yield from compare("source", listed, ("cli/commands/", sources))
    listed = ("cli/commands.def", words_of(commands))
    verbs = {name.replace("_", "-") for name in commands if "_" in name}  # may have pages of their own
    pages = {path.name.removeprefix("batchctl-").removesuffix(".1.adoc")
             for path in (root / "man").glob("batchctl-*.1.adoc")} - verbs
    yield from compare("man page", listed, ("man/", pages))
    overview = (root / "man/batchctl.1.adoc").read_text()
    named = re.findall(r"^\*([a-z]+)\*::.*\*batchctl-\1\*\(1\)", overview, re.M)
    yield from compare("man page", listed, ("man/batchctl.1.adoc, COMMANDS", named))


def promise_problems(root):
    """Each promise of the README names the tests that earn it, and they exist."""
    tests = "\n".join(path.read_text() for path in (root / "tests").rglob("*")
                      if path.suffix in (".cpp", ".py", ".sh"))
    readme = (root / "README.md").read_text()
    for number, cell in re.findall(r"^\| (\d+) \|.*\|(.*)\|$", readme, re.M):
        names = re.findall(r"`([^`]+)`", cell)
        if not names:
            yield f"README.md: promise {number} names no test"
        for name in names:
            if name not in tests:
                yield f"README.md: promise {number}: there is no test \"{name}\""


def test_name_problems(root):
    """The runner would take these for its own options, tags or patterns."""
    for path in sorted((root / "tests").rglob("*.cpp")):
        for name in re.findall(r'TEST_CASE\("([^"]*)"', path.read_text()):
            if re.search(r"^[-~]|[\[\]*]", name):
                yield f"{path.relative_to(root)}: test name \"{name}\": no - or ~ first, no [ ] *"


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout


def program_problems(root, program):
    commands = registered(root / "cli/commands.def")
    overview = output(program, "--help")
    for name in words_of(commands):
        if not re.search(rf"\b{name}\b", overview):
            yield f"help: {name} is not in batchctl --help"
    for name in (each.replace("_", " ", 1).replace("_", "-") for each in commands):
        text = output(program, *name.split(), "--help")
        lines = text.splitlines()
        if "Usage: batchctl " + name not in text:
            yield f"help: batchctl {name} --help has no line of usage"
        if len(lines) > 40 or max(map(len, lines), default=0) > 80:
            yield f"help: batchctl {name} --help is no screen of 40 lines and 80 columns"
    offered = [line.split("\t")[0] for line in output(program, "__complete", "").splitlines()
               if not line.startswith((":", "-"))]
    yield from compare("completion", ("cli/commands.def", words_of(commands)),
                       ("batchctl __complete", offered))


root = pathlib.Path(sys.argv[1])
broken = list(file_problems(root)) + list(promise_problems(root))
broken += test_name_problems(root)
if len(sys.argv) > 2:
    broken += program_problems(root, sys.argv[2])
print("\n".join(broken) or "every command is complete")
sys.exit(bool(broken))
