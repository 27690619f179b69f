#!/usr/bin/python3
"""The options in a man page are those of --help-all, no more and no less.

man_options.py ROOT BATCHCTL BATCHD"""
import pathlib
import re
import subprocess
import sys

OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]*|-[a-zA-Z])(?![\w-])")


def page_text(path):
    """With its includes."""
    return re.sub(r"^include::(.*)\[\]$", lambda found: page_text(path.parent / found.group(1)),
                  path.read_text(), flags=re.M)


def page_options(text):
    """Of the terms: lines such as "*-t*, *--template* _FILE_::"."""
    terms = re.findall(r"^(\*-.*)::$", text, re.M)
    return {name for term in terms for name in re.findall(r"\*(--?[a-zA-Z][a-z-]*)\*", term)}


def help_options(command):
    run = subprocess.run(command + ["--help-all"], capture_output=True, text=True, check=False,
                         timeout=20)
    if run.returncode != 0:
        raise SystemExit(f"{' '.join(command)} --help-all: exit {run.returncode}\n{run.stderr}")
    # Columns are two spaces apart; an option stands at the beginning of one.
    columns = [column for line in run.stdout.splitlines()
               for column in re.split(r"\s{2,}", line.strip()) if column.startswith("-")]
    return {name for column in columns for name in OPTION.findall(column)}


def commands_of(page, text, programs):
    """What the page is about: batchctl-template(1) has several commands, batchctl-auth-login(1) is of two words."""
    name = page.name.split(".")[0]
    if name == "batchd":
        return [[programs["batchd"]]]
    if name == "batchctl":
        return [[programs["batchctl"]]]
    words = name.removeprefix("batchctl-").split("-", 1)
    verbs = set(re.findall(rf"^\*batchctl {' '.join(words)} ([a-z-]+)[ *]", text, re.M))
    base = [programs["batchctl"], *words]
    return [base + [verb] for verb in sorted(verbs)] or [base]


root = pathlib.Path(sys.argv[1])
programs = {"batchctl": sys.argv[2], "batchd": sys.argv[3]}
broken = []
for page in sorted(root.glob("man/batchctl*.1.adoc")) + [root / "man/batchd.8.adoc"]:
    text = page_text(page)
    in_page = page_options(text)
    in_help = set().union(*map(help_options, commands_of(page, text, programs)))
    # Options of commands are not those of the program.
    broken += [f"{page.name}: {name} is not in --help-all" for name in sorted(in_page - in_help)]
    broken += [f"{page.name}: {name} is missing" for name in sorted(in_help - in_page)]
print("\n".join(broken) or "the man pages have the options of the programs")
sys.exit(bool(broken))
