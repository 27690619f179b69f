#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/table.hpp"

#include <nlohmann/json.hpp>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl template list

The stored templates with their versions.

see batchctl-template(1)
)";

int run(Context& context) {
    const Zone zone = context.globals().utc ? Zone::utc : Zone::local;
    const auto when = [zone](const Json& record) {
        return calendar(parse_rfc3339(record["created_at"].get<std::string>()), zone);
    };
    Records records(context, "template list",
                    {{.field = "name"},
                     {.field = "version", .right = true},
                     {.field = "engine"},
                     {.field = "created_at", .title = "CREATED", .shown = when}},
                    {"v", "name", "version", "engine", "sha256", "created_at"});
    for (const StoredTemplate& each : context.store().reading().templates()) {
        records.add({{"v", 1},
                     {"name", each.name},
                     {"version", each.version},
                     {"engine", each.engine},
                     {"sha256", each.sha256},
                     {"created_at", rfc3339(each.created_at)}});
    }
    records.finish();
    return 0;
}

Action setup(Arguments&) {
    return run;
}

}  // namespace

extern const Command template_list_command;
constinit const Command template_list_command{
    .name = "template list", .summary = "List the stored templates.", .help = help, .setup = setup};

}  // namespace batch::cli
