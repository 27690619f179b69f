#pragma once

#include "core/store/store.hpp"
#include "tests/support/temp_folder.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace batch::testing {

/// What a command said and how it ended.
struct Said {
    int code = -1;
    std::string out;
    std::string err;
};

/// batchctl in a folder of its own, which is the current folder and the home.  Commands run in this
/// process, with standard output and error in files.
class House {
public:
    House();
    House(const House&) = delete;
    House& operator=(const House&) = delete;
    ~House();

    std::filesystem::path operator/(const std::filesystem::path& name) const {
        return folder_ / name;
    }

    void write(const std::string& name, const std::string& text) const;
    void write_program(const std::string& name, const std::string& text) const;
    std::string read(const std::string& name) const;

    /// batchctl WORDS; with what it reads on standard input.
    Said ctl(const std::vector<std::string>& words, const std::string& input = {}) const;

    /// The only batch there is.
    Batch batch() const;
    std::vector<Batch> batches() const;
    std::unique_ptr<Store> store() const;

    /// students.csv: name, class, points; the first row is line 2.
    void write_students(const std::vector<std::string>& rows) const;

private:
    TempFolder folder_;
    std::filesystem::path before_;
};

/// The commands themselves, in this process; returns the exit status.
int run_words(const std::vector<std::string>& words);

/// Both lines of a message with its hint, as they are printed.
std::string error_text(const std::string& message, const std::string& hint = {});

}  // namespace batch::testing
