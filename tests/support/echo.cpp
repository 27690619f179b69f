// A plugin that gives back each row as its value: the least that a plugin can do.

#include "core/plugin/plugin_main.hpp"

#include <nlohmann/json.hpp>

namespace {

using batch::plugin::ItemId;
using batch::plugin::Json;
using batch::plugin::Outbox;

class Echo final : public batch::plugin::Plugin {
public:
    Json describe() const override {
        return {{"protocol", 1},
                {"name", "echo"},
                {"version", "1.0"},
                {"summary", "gives each row back"},
                {"in", {"*/*"}},
                {"out", {"application/json"}},
                {"concurrency", 256},
                {"options", {{"type", "object"}, {"additionalProperties", false}}}};
    }

    void init(const Json&, Outbox& outbox) override { outbox.ready(); }

    void item(ItemId id, Json frame, Outbox& outbox) override {
        outbox.result(id, {{"value", std::move(frame["row"])}});
    }
};

}  // namespace

int main(int argc, char** argv) {
    Echo echo;
    return batch::plugin::run(argc, argv, echo);
}
