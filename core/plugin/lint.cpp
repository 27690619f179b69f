#include "core/plugin/lint.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/plugin/wire.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <chrono>

namespace batch {

using namespace std::chrono_literals;

namespace {

constexpr auto limit = 10s;

std::size_t number_in(const Json& object, const char* member) {
    const auto found = object.find(member);
    return found != object.end() && found->is_number_unsigned() ? found->get<std::size_t>() : 0;
}

std::string text_or_nothing(const Json& object, const char* member) {
    const auto found = object.find(member);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

template <typename Take>
void for_each_object(const Json& answer, const char* member, Take&& take) {
    for (const Json& each : answer.value(member, Json::array())) {
        if (each.is_object()) {
            take(each);
        }
    }
}

LintReport parse(const std::string& output) {
    const Json answer = parse_json(output, "its answer");
    LintReport report;
    if (!answer.is_object()) {
        throw Error(ErrorKind::operation, "its answer is not a JSON object");
    }
    for_each_object(answer, "errors", [&](const Json& each) {
        report.errors.push_back({.line = number_in(each, "line"),
                                 .column = number_in(each, "column"),
                                 .message = text_or_nothing(each, "message")});
    });
    for_each_object(answer, "names", [&](const Json& each) {
        report.names.push_back({.name = text_or_nothing(each, "name"),
                                .line = number_in(each, "line"),
                                .column = number_in(each, "column")});
    });
    return report;
}

std::string request_of(RawJson options, const TemplateText& text) {
    std::string request = R"({"options":)";
    request.append(options.empty() ? "{}" : options).append(R"(,"template":{"name":)");
    append_json_string(request, text.name);
    request += R"(,"source":)";
    append_json_string(request, text.source);
    return request + "}}\n";
}

std::string ask(const PluginLaunch& launch, const std::string& request) {
    Command command = plugin_command(launch);
    command.argv.emplace_back("--lint");
    Wire wire = Wire::start(std::move(command));
    wire.send(request);
    wire.close_input();
    const BootTime deadline = BootClock::now() + limit;
    std::string output;
    while (const auto line = wire.next_line(deadline)) {
        output += *line;
        output += '\n';
    }
    const auto exit = wire.output_ended() ? wire.wait_exit(deadline) : std::nullopt;
    if (!exit) {
        throw Error(ErrorKind::operation, "checking the template takes longer than 10 seconds");
    }
    if (!exit->ok()) {
        const std::string_view said = trim(wire.stderr_text());
        throw Error(ErrorKind::operation,
                    fmt::format("checking the template ended with {}: {}", text_of(*exit),
                                printable(said.substr(said.rfind('\n') + 1))));
    }
    return output;
}

}  // namespace

LintReport lint_template(const PluginLaunch& launch, RawJson options, const TemplateText& text) {
    try {
        return parse(ask(launch, request_of(options, text)));
    } catch (const Error& error) {
        throw error.within("plugin " + launch.program.filename().native());
    }
}

}  // namespace batch
