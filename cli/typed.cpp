#include "cli/typed.hpp"

#include "core/base/text.hpp"

namespace batch::cli {

std::string command_line_of(const std::vector<std::string>& words) {
    std::string line = "batchctl";
    for (const std::string& word : words) {
        line += " " + shell_word(word);
    }
    return line;
}

std::string command_in(const std::string& hint) {
    const auto colon = hint.rfind(": ");
    return colon == std::string::npos ? hint : hint.substr(colon + 2);
}

std::vector<std::string> without_option(std::vector<std::string> words, std::string_view name) {
    std::vector<std::string> left;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == name) {
            ++i;
        } else if (!words[i].starts_with(std::string{name} + "=")) {
            left.push_back(std::move(words[i]));
        }
    }
    return left;
}

}  // namespace batch::cli
