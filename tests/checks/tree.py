#!/usr/bin/python3
"""What is published has no trace of the machine it was written on, and nothing lies around.

tree.py ROOT"""
import pathlib
import re
import subprocess
import sys

TOP = {".ci", ".clang-format", ".clang-tidy", ".gitignore", ".gitattributes", ".github",
       "CHANGELOG.md", "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md",
       "SECURITY.md", "cli", "completions", "core", "daemon", "dev", "man", "tests"}

# Written in two parts, or this file would be found.
PRIVATE = re.compile(r"(?<!\w)(?:/wor" + r"k/|\.\./shar" + r"ed|/ro" + r"ot/|/ho" + r"me/(?!ada\b|batch\b|me\b|x\b))")

root = pathlib.Path(sys.argv[1])
listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, text=True,
                        check=False)
if listed.returncode != 0:
    print("not a git repository")
    sys.exit(77)

broken = []
for name in filter(None, listed.stdout.split("\0")):
    if name.split("/")[0] not in TOP:
        broken.append(f"{name}: not a folder or file that belongs here")
    path = root / name
    if not path.is_file() or path.is_symlink():
        continue
    data = path.read_bytes()
    if b"\0" in data:
        broken.append(f"{name}: not a text file")
        continue
    for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
        if found := PRIVATE.search(line):
            broken.append(f"{name}:{number}: private path {found.group()}")
        if line != line.rstrip() and not name.endswith(".txt"):
            broken.append(f"{name}:{number}: white space at the end")
print("\n".join(broken) or "nothing private, nothing out of place")
sys.exit(bool(broken))
