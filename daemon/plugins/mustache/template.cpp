#include "daemon/plugins/mustache/template.hpp"

#include "core/base/error.hpp"
#include "core/base/place.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

#include <utility>

namespace batch::mustache {

namespace {

// Rendering takes a stack frame for each.
constexpr std::size_t max_depth = 64;

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t") == std::string::npos;
}

class Parser {
public:
    Parser(std::string_view name, std::string_view source) : source_(source) {
        result_.name = name;
    }

    Template run();

private:
    /// What stands between two delimiters.
    struct Tag {
        std::size_t begin = 0;  ///< of the opening delimiter
        std::size_t end = 0;    ///< behind the closing one
        char sigil = ' ';       ///< # ^ / ! > = & { or a blank for none
        std::string_view name;
    };

    Tag tag_at(std::size_t begin) const;
    void take(Tag& tag);
    void add_text(std::size_t end);
    void add(Node::Kind kind, const Tag& tag);
    void open(Node::Kind kind, const Tag& tag);
    void close(const Tag& tag);
    void set_delimiters(const Tag& tag);
    void widen_if_alone(Tag& tag);
    Place place_of(std::size_t offset) const;
    [[noreturn]] void fail(std::size_t offset, const std::string& message) const;

    std::size_t offset_of(std::string_view part) const {
        return static_cast<std::size_t>(part.data() - source_.data());
    }

    std::string_view source_;
    std::string opening_ = "{{";
    std::string closing_ = "}}";
    std::size_t done_ = 0;  ///< offset up to which all is in nodes
    std::vector<std::size_t> sections_;
    Template result_;
};

Template Parser::run() {
    for (std::size_t begin = 0; (begin = source_.find(opening_, done_)) != std::string::npos;) {
        Tag tag = tag_at(begin);
        take(tag);
    }
    add_text(source_.size());
    if (!sections_.empty()) {
        const Node& node = result_.nodes[sections_.back()];
        throw Error(
            ErrorKind::bad_input,
            fmt::format("section \"{0}\" is never closed; {{{{/{0}}}}} is missing", node.text))
            .at({.file = result_.name, .line = node.line, .column = node.column});
    }
    return std::move(result_);
}

Parser::Tag Parser::tag_at(std::size_t begin) const {
    const std::size_t inner = begin + opening_.size();
    const char first = inner < source_.size() ? source_[inner] : ' ';
    const bool sigil = std::string_view("#^/!>=&{").find(first) != std::string::npos;
    const std::string closing = first == '{'   ? "}" + closing_
                                : first == '=' ? "=" + closing_
                                               : closing_;
    const std::size_t name = inner + (sigil ? 1 : 0);
    const std::size_t end = source_.find(closing, name);
    if (end == std::string::npos) {
        fail(begin, fmt::format("\"{}\" is never closed; {} is missing",
                                source_.substr(begin, name - begin), closing));
    }
    const Tag tag{.begin = begin,
                  .end = end + closing.size(),
                  .sigil = sigil ? first : ' ',
                  .name = trim(source_.substr(name, end - name))};
    if (tag.name.empty() && first != '!') {
        fail(begin, "there is no name in this tag");
    }
    return tag;
}

void Parser::take(Tag& tag) {
    if (std::string_view("#^/!=").find(tag.sigil) != std::string::npos) {
        widen_if_alone(tag);
    }
    add_text(tag.begin);
    done_ = tag.end;
    switch (tag.sigil) {
        case ' ': add(Node::Kind::variable, tag); break;
        case '&':
        case '{': add(Node::Kind::raw, tag); break;
        case '#': open(Node::Kind::section, tag); break;
        case '^': open(Node::Kind::inverted, tag); break;
        case '/': close(tag); break;
        case '=': set_delimiters(tag); break;
        case '>': fail(tag.begin, "a template is one file: it cannot load another");
        default: break;
    }
}

void Parser::add_text(std::size_t end) {
    if (end > done_) {
        result_.nodes.push_back({.kind = Node::Kind::text,
                                 .text = std::string(source_.substr(done_, end - done_)),
                                 .line = 0,
                                 .column = 0,
                                 .end = 0});
    }
    done_ = end;
}

void Parser::add(Node::Kind kind, const Tag& tag) {
    const Place place = place_of(offset_of(tag.name));
    result_.nodes.push_back({.kind = kind,
                             .text = std::string(tag.name),
                             .line = place.line,
                             .column = place.column,
                             .end = 0});
}

void Parser::open(Node::Kind kind, const Tag& tag) {
    if (sections_.size() == max_depth) {
        fail(tag.begin, fmt::format("sections are nested more than {} deep", max_depth));
    }
    sections_.push_back(result_.nodes.size());
    add(kind, tag);
}

void Parser::close(const Tag& tag) {
    const Node* section = sections_.empty() ? nullptr : &result_.nodes[sections_.back()];
    if (section == nullptr || section->text != tag.name) {
        fail(offset_of(tag.name),
             fmt::format("\"/{}\" closes nothing here; {}", tag.name,
                         section == nullptr ? "no section is open"
                                            : fmt::format("the open section is \"{}\" of line {}",
                                                          section->text, section->line)));
    }
    result_.nodes[sections_.back()].end = result_.nodes.size();
    sections_.pop_back();
}

void Parser::set_delimiters(const Tag& tag) {
    const std::size_t space = tag.name.find_first_of(" \t\n");
    if (space == std::string::npos) {
        fail(tag.begin, "new delimiters are written {{=<% %>=}}");
    }
    opening_ = tag.name.substr(0, space);
    closing_ = trim(tag.name.substr(space));
}

/// A tag that stands alone on its line takes the line with it.
void Parser::widen_if_alone(Tag& tag) {
    const std::size_t line = tag.begin == 0 ? 0 : source_.rfind('\n', tag.begin - 1) + 1;
    std::size_t end = source_.find('\n', tag.end);
    end = end == std::string::npos ? source_.size() : end + 1;
    std::string_view after = source_.substr(tag.end, end - tag.end);
    while (after.ends_with('\n') || after.ends_with('\r')) {
        after.remove_suffix(1);
    }
    if (line >= done_ && is_blank(source_.substr(line, tag.begin - line)) && is_blank(after)) {
        tag.begin = line;
        tag.end = end;
    }
}

Place Parser::place_of(std::size_t offset) const {
    return place_in(source_, offset, {.file = result_.name, .line = 1, .column = 1});
}

void Parser::fail(std::size_t offset, const std::string& message) const {
    throw Error(ErrorKind::bad_input, message).at(place_of(offset));
}

}  // namespace

Template parse(std::string_view name, std::string_view source) {
    return Parser(name, source).run();
}

}  // namespace batch::mustache
