#include "cli/templates/preview.hpp"

#include "cli/plugins.hpp"
#include "core/base/error.hpp"
#include "core/base/uuid.hpp"
#include "core/os/file.hpp"
#include "core/plugin/options.hpp"
#include "core/plugin/session.hpp"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = std::size_t{1} << 30;

/// Where a step leaves its files.
class WorkFolder {
public:
    WorkFolder() : path_((fs::temp_directory_path() / "batch-preview-XXXXXX").string()) {
        if (::mkdtemp(path_.data()) == nullptr) {
            throw system_error("make a temporary folder", errno);
        }
    }

    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;

    ~WorkFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

/// One step of the preview, and the frame of the one item that goes through it.
struct Work {
    const Plugins::Found& plugin;
    std::string options;
    TemplateText template_text = {};
    std::string input = {};
};

std::string word_before_colon(const std::string& text) {
    return text.substr(0, text.find(':'));
}

class Preview {
public:
    Preview(Context& context, const PreviewTask& task)
        : context_(context), task_(task), plugins_(context) {}

    std::string make() {
        const std::string to = word_before_colon(task_.to);
        if (!to.empty() && to != "html" && to != "txt" && to != "pdf") {
            throw Error(ErrorKind::usage, "--to cannot make \"" + to + "\"",
                        "one of: pdf, html, txt");
        }
        const PluginResult text = render(to);
        return to == "pdf" ? print(text) : text.text.value_or(text.value);
    }

private:
    PluginResult render(const std::string& to) {
        const Typed typed{.flag = "--engine"};
        const PluginArgument engine = parse_plugin_argument(task_.text.engine, typed);
        const Plugins::Found& plugin = plugins_.find(engine.name, typed);
        Json options = options_of(engine, plugin.manifest, typed);
        if (!to.empty()) {
            options["to"] = to;
        }
        return run({.plugin = plugin,
                    .options = dump(options),
                    .template_text = {task_.text.name, task_.text.sha256, task_.text.source}});
    }

    std::string print(const PluginResult& page) {
        const Typed typed{.flag = "--to"};
        const Plugins::Found& plugin = plugins_.find("chromium");
        Json options = options_of(parse_plugin_argument(task_.to, typed), plugin.manifest, typed);
        options["to"] = "pdf";
        std::string text;
        std::string type;
        append_json_string(text, page.text.value_or(""));
        append_json_string(type, page.media_type);
        std::string input;
        append_input(input, {.text = text, .media_type = type});
        const PluginResult made =
            run({.plugin = plugin, .options = dump(options), .input = std::move(input)});
        if (made.files.empty()) {
            throw Error(ErrorKind::operation, "the plugin chromium made no file");
        }
        return read_file(fs::path(folder_.path()) / made.files.front().path, largest_file);
    }

    PluginResult run(const Work& work) {
        const bool jail = context_.settings().plugins.jail == Jail::required;
        Session session = Session::start(
            {.program = work.plugin.path, .jailed = work.plugin.jailed},
            {.options = work.options, .template_text = work.template_text, .jailed = jail});
        const std::string id = uuid_v7(now());
        auto answer = session.run({.batch = id,
                                   .index = static_cast<std::uint32_t>(task_.index),
                                   .row = task_.row.payload,
                                   .input = work.input,
                                   .dir = work.plugin.manifest.files ? folder_.path() : ""},
                                  context_.settings().items.timeout);
        session.close();
        if (const auto* const error = std::get_if<PluginError>(&answer)) {
            throw Error(ErrorKind::bad_input, error->message, error->hint).with_code(error->code);
        }
        return std::get<PluginResult>(std::move(answer));
    }

    Context& context_;
    const PreviewTask& task_;
    Plugins plugins_;
    WorkFolder folder_;
};

}  // namespace

std::string preview(Context& context, const PreviewTask& task) {
    return Preview(context, task).make();
}

std::size_t count_pages(std::string_view pdf) {
    // Page objects are not compressed in what browsers write; /Pages is their parent.
    std::size_t pages = 0;
    for (const std::string_view word : {"/Type /Page", "/Type/Page"}) {
        for (auto at = pdf.find(word); at != std::string_view::npos; at = pdf.find(word, at + 1)) {
            const auto behind = at + word.size();
            pages += behind == pdf.size() || pdf[behind] != 's' ? 1U : 0U;
        }
    }
    return pages;
}

}  // namespace batch::cli
