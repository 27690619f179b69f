#!/usr/bin/python3
"""Who may include whom, and other rules of the house that a compiler does not see.

layers.py [ROOT]: every broken rule is printed as FILE:LINE: what is wrong."""
import pathlib
import re
import sys
import tempfile
import unittest

CORE = ["base", "os", "model", "config", "store", "queue", "http", "auth", "plugin"]

# Headers of a library and the only files that may see them.
LIBRARIES = [
    (re.compile(r"<toml\+\+"), re.compile(r"core/config/toml\.cpp$")),
    (re.compile(r"<(SQLiteCpp/|sqlite3)"), re.compile(r"(tests/)?core/store/|tests/bench/")),
    (re.compile(r"<CLI/"), re.compile(r"cli/arguments\.cpp$|daemon/main\.cpp$")),
    (re.compile(r"<simdjson"), re.compile(r"core/base/.*\.cpp$|daemon/.*\.cpp$")),
    (re.compile(r"<openssl/"), re.compile(r"core/base/|core/queue/amqp/|core/auth/|tests/support/")),
    (re.compile(r"<curl/"), re.compile(r"core/http/")),
    (re.compile(r"<amqp"), re.compile(r"core/queue/amqp/|tests/bench/")),
    (re.compile(r"<mustache"), re.compile(r"daemon/plugins/mustache")),
    (re.compile(r"<nlohmann/json\.hpp>"), re.compile(r"\.cpp$")),
    (re.compile(r"<format>"), re.compile(r"$^")),
]

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<][^">]+[">])')
PRINTS = re.compile(r"std::(cout|cerr|printf|puts|exit)\b|\bf?printf\(|fmt::print\b")
LONGEST_FILE = 400


def may_include(source, header):
    """Both are paths from the root; headers of tests and those made by CMake are not asked."""
    if source.startswith("core/"):
        layer = CORE.index(source.split("/")[1])
        parts = header.split("/")
        return parts[0] == "core" and parts[1] in CORE[: layer + 1]
    if source.startswith("daemon/plugins/"):
        own = "/".join(source.split("/")[:3])
        layers = ("core/base/", "core/os/", "core/model/", "core/http/", "core/auth/", "core/plugin/")
        return header.startswith(layers) or header.startswith(own + "/") or header.startswith(
            own.removesuffix(".cpp"))
    program = source.split("/")[0]
    return header.startswith("core/") or header.startswith(program + "/")


def problems_of(root, path):
    source = path.relative_to(root).as_posix()
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) > LONGEST_FILE:
        yield f"{source}:{len(lines)}: longer than {LONGEST_FILE} lines"
    for number, line in enumerate(lines, 1):
        place = f"{source}:{number}:"
        if found := INCLUDE.match(line):
            yield from include_problems(root, source, place, found.group(1))
        # A plugin's main() is in core/plugin, so that all plugins share it.
        elif source.startswith("core/") and "plugin_main" not in source and PRINTS.search(line):
            yield f"{place} core/ neither prints nor exits"


def include_problems(root, source, place, include):
    for header, users in LIBRARIES:
        if header.match(include) and not users.search(source):
            yield f"{place} {include} is not for this file"
    if include.startswith("<") or source.startswith("tests/"):
        return
    name = include.strip('"')
    if name.endswith(".def") and (root / name).exists():
        return
    if not (root / name).exists():
        if not re.fullmatch(r"[a-z_]+\.hpp", name):  # made by CMake
            yield f"{place} {name} is no path from the root"
    elif not may_include(source, name):
        yield f"{place} {name} is above or beside this layer"


def problems(root):
    for folder in ("core", "cli", "daemon", "tests"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            yield from problems_of(root, path)


class Check(unittest.TestCase):
    """The check itself: a rule that never fails is none."""

    def found(self, name, text, others=()):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for other in others:
                (root / other).parent.mkdir(parents=True, exist_ok=True)
                (root / other).write_text("")
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
            return list(problems(root))

    def test_a_layer_may_not_include_one_above(self):
        found = self.found("core/base/a.cpp", '#include "core/os/b.hpp"\n', ["core/os/b.hpp"])
        self.assertEqual(found, ["core/base/a.cpp:1: core/os/b.hpp is above or beside this layer"])

    def test_a_layer_may_include_those_below(self):
        self.assertFalse(self.found("core/os/a.cpp", '#include "core/base/b.hpp"\n',
                                    ["core/base/b.hpp"]))

    def test_the_programs_do_not_see_each_other(self):
        for source, other in (("cli/a.cpp", "daemon/b.hpp"), ("daemon/a.cpp", "cli/b.hpp")):
            self.assertEqual(len(self.found(source, f'#include "{other}"\n', [other])), 1)

    def test_a_plugin_sees_no_store(self):
        self.assertEqual(len(self.found("daemon/plugins/x/a.cpp", '#include "core/store/b.hpp"\n',
                                        ["core/store/b.hpp"])), 1)

    def test_a_library_has_one_place(self):
        self.assertEqual(len(self.found("cli/a.cpp", "#include <sqlite3.h>\n")), 1)
        self.assertEqual(len(self.found("core/store/a.hpp", "#include <nlohmann/json.hpp>\n")), 1)

    def test_core_does_not_print(self):
        self.assertEqual(len(self.found("core/base/a.cpp", "std::cerr << 1;\n")), 1)

    def test_an_include_is_a_path_from_the_root(self):
        self.assertEqual(len(self.found("core/base/a.cpp", '#include "../b.hpp"\n')), 1)


if __name__ == "__main__":
    if not unittest.TextTestRunner(sys.stdout, verbosity=0).run(
            unittest.defaultTestLoader.loadTestsFromTestCase(Check)).wasSuccessful():
        sys.exit(1)
    broken = list(problems(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
    print("\n".join(broken) or "every file keeps to its layer")
    sys.exit(bool(broken))
