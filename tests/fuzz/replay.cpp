// Tries the files of a folder once each: those whose name begins with "good" are taken, all others
// are refused.  Stands in for libFuzzer where that is not.

#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

bool is_as_named(const fs::path& path) {
    const std::string name = path.filename().string();
    std::printf("%s\n", name.c_str());
    std::fflush(stdout);  // the last one is to blame, should the program die
    try {
        const bool is_taken = batch::fuzz::is_taken(text_of(path));
        if (is_taken != name.starts_with("good")) {
            std::printf("  but it is %s\n", is_taken ? "taken" : "refused");
            return false;
        }
        return true;
    } catch (const std::exception& exception) {
        std::printf("  no Error was thrown, but: %s\n", exception.what());
        return false;
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator{argc > 1 ? argv[1] : "."}) {
        files.push_back(entry.path());
    }
    std::ranges::sort(files);
    const auto wrong =
        std::ranges::count_if(files, [](const fs::path& path) { return !is_as_named(path); });
    std::printf("%zu files, %zd are not as they are named\n", files.size(), wrong);
    return wrong == 0 && !files.empty() ? 0 : 1;
}
