#pragma once

#include "core/os/file.hpp"
#include "tests/support/temp_folder.hpp"

#include <filesystem>
#include <string>

namespace batch::testing {

/// Writes an executable script into the folder.
inline std::filesystem::path write_script(const TempFolder& folder, const std::string& name,
                                          const std::string& text) {
    const auto path = folder / name;
    ensure_dir(path.parent_path());
    atomic_write(path, text, 0700);
    return path;
}

/// A plugin in Python that makes a column upper case.  `more` is run for each frame before it is
/// looked at, and may `continue`.
inline std::filesystem::path write_shout(const TempFolder& folder, const std::string& more = "",
                                         const std::string& manifest = "") {
    return write_script(folder, "shout",
                        R"(#!/usr/bin/python3
import json, os, sys, time
if "--describe" in sys.argv:
    print(json.dumps({"protocol": 1, "name": "shout", "version": "1.0", "options": {
        "type": "object", "properties": {"column": {"type": "string"}},
        "required": ["column"], "additionalProperties": False} )" +
                            manifest + R"(}))
    sys.exit()
def say(frame): print(json.dumps(frame), flush=True)
def answer(frame): say({"type": "result", "id": frame["id"], "value": frame["row"][column].upper()})
seen = 0
for line in sys.stdin:
    frame = json.loads(line)
    type = frame["type"]
    seen += 1
)" + more + R"(
    if type == "init": column = frame["options"]["column"]; say({"type": "ready"})
    elif type == "ping": say({"type": "pong"})
    elif type == "item": answer(frame)
)");
}

}  // namespace batch::testing
