#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): not ours
class App;
class Option;
}  // namespace CLI

namespace batch::cli {

/// One option or operand, as help and completion show it.
struct Argument {
    std::vector<std::string> names;  ///< as typed: "-d", "--deliver"; none for an operand
    std::string value;               ///< what stands for its value: "DIR"; the operand's name
    std::string summary;
    std::string group;
    std::vector<std::string> choices;  ///< if there are any, the only values

    bool is_operand() const { return names.empty(); }

    bool takes_value() const { return !value.empty(); }

    /// What messages call it: "--deliver", "BATCH".
    const std::string& name() const { return is_operand() ? value : names.back(); }
};

/// What the words behind a command may be, and where their values go.
///
/// Only this class knows CLI11, whose header takes longer to compile than any command.  Targets
/// must outlive parse(), where they are set; those of absent options keep what they have.
class Arguments {
public:
    /// program: "batchctl status", for messages.
    explicit Arguments(std::string program);
    ~Arguments();
    Arguments(const Arguments&) = delete;
    Arguments& operator=(const Arguments&) = delete;

    /// Those added from here on stand under this title.
    void start_group(std::string title) { group_ = std::move(title); }

    /// What further restricts the argument that was added last.
    class Last {
    public:
        Last& required();
        Last& choices(std::vector<std::string> words);

        Last& from(std::int64_t least) { return between(least, INT64_MAX); }

        Last& between(std::int64_t least, std::int64_t most);
        Last& split_at_commas();

    private:
        friend Arguments;
        struct Target;

        explicit Last(Target& target) : target_(target) {}

        Target& target_;
    };

    /// names: "-d,--deliver DIR", or "ROWS" for an operand.
    Last option(const std::string& names, std::function<void(const std::string& word)> take,
                const std::string& summary);
    Last option(const std::string& names, std::string& value, const std::string& summary);
    Last option(const std::string& names, std::optional<std::string>& value,
                const std::string& summary);
    /// An option of several values is given several times; an operand takes all words.
    Last option(const std::string& names, std::vector<std::string>& values,
                const std::string& summary);

    template <std::integral Number>
    Last option(const std::string& names, Number& value, const std::string& summary) {
        return number(names, summary, [&value](std::int64_t number) {
            value = static_cast<Number>(number);
            return std::in_range<Number>(number);
        });
    }

    template <std::integral Number>
    Last option(const std::string& names, std::optional<Number>& value,
                const std::string& summary) {
        return number(names, summary, [&value](std::int64_t number) {
            value = static_cast<Number>(number);
            return std::in_range<Number>(number);
        });
    }

    /// Values by commas: 75,111.
    Last option(const std::string& names, std::vector<int>& values, const std::string& summary);

    void flag(const std::string& names, bool& is_set, const std::string& summary);
    /// For help only: somebody looks for it before parse() does.
    void flag(const std::string& names, const std::string& summary);

    /// Throws Error{usage}, which says what is wrong and where to read on.
    void parse(const std::vector<std::string>& words);

    /// In the order in which they were added.
    std::vector<const Argument*> all() const;

    /// By how it stands on the command line, "--to" or "-d"; null if there is none.
    const Argument* find(const std::string& word) const;

private:
    using Take = std::function<void(const std::string& word)>;
    using TakeNumber = std::function<bool(std::int64_t)>;  ///< false if it does not fit

    enum class Values { one, many };

    Last::Target& new_target(const std::string& names, const std::string& summary);
    Last add(const std::string& names, const std::string& summary, Take take, Values values);
    Last number(const std::string& names, const std::string& summary, TakeNumber take,
                Values values = Values::one);

    std::unique_ptr<CLI::App> app_;
    std::vector<std::unique_ptr<Last::Target>> targets_;
    std::string group_ = "Options";
};

}  // namespace batch::cli
