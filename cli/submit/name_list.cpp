#include "cli/submit/name_list.hpp"

#include "core/base/error.hpp"
#include "core/base/handle.hpp"

#include <cerrno>
#include <cstdlib>

namespace batch::cli {

NameList::NameList() : file_(std::tmpfile()) {
    if (!file_) {
        throw system_error("make a temporary file", errno);
    }
}

// Names have no control characters, so a line is one record.
void NameList::add(std::int64_t line, const std::string& name) {
    const std::string record = std::to_string(line) + " " + name + "\n";
    if (std::fwrite(record.data(), 1, record.size(), file_.get()) != record.size()) {
        throw system_error("write a temporary file", errno);
    }
}

void NameList::for_each(
    const std::function<bool(std::int64_t line, const std::string& name)>& take) {
    std::rewind(file_.get());
    Handle<char, std::free> text;
    std::size_t room = 0;
    const auto next_line = [&] {
        char* line = text.release();  // getline(3) may move it
        const ssize_t size = ::getline(&line, &room, file_.get());
        text.reset(line);
        return size;
    };
    for (ssize_t size = next_line(); size > 0; size = next_line()) {
        const std::string record(text.get(), static_cast<std::size_t>(size) - 1);
        const auto blank = record.find(' ');
        if (!take(std::atoll(record.c_str()), record.substr(blank + 1))) {
            break;
        }
    }
}

}  // namespace batch::cli
