#include "core/base/redact.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace batch {
namespace {

constexpr std::string_view hidden = "***";

constexpr std::array<std::string_view, 4> headers{
    "authorization:", "proxy-authorization:", "cookie:", "set-cookie:"};

constexpr std::array<std::string_view, 12> fields{
    "code",      "code_verifier", "access_token", "refresh_token", "id_token",    "client_secret",
    "assertion", "token",         "device_code",  "state",         "private_key", "nonce"};

bool is_name_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_';
}

bool is_space(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
}

/// Reads the text from left to right; what is a secret is passed over.
class Redaction {
public:
    explicit Redaction(std::string_view text) : text_{text} {}

    std::string run() {
        while (at_ < text_.size()) {
            if (is_at_name_start() && (hide_header() || hide_bearer() || hide_field())) {
                continue;
            }
            if (hide_password()) {
                continue;
            }
            out_ += text_[at_++];
        }
        return std::move(out_);
    }

private:
    bool is_at_name_start() const { return at_ == 0 || !is_name_letter(text_[at_ - 1]); }

    /// Also where it stands without its header.
    bool hide_bearer() {
        constexpr std::string_view word = "bearer ";
        if (lower(text_.substr(at_, word.size())) != word) {
            return false;
        }
        out_ += text_.substr(at_, word.size());
        out_ += hidden;
        at_ = std::min(text_.size(), text_.find_first_of(" \t\r\n\"',]", at_ + word.size()));
        return true;
    }

    /// Wherever it stands: of HTTP/2 libcurl shows them in the middle of a line.
    bool hide_header() {
        for (const std::string_view header : headers) {
            if (lower(text_.substr(at_, header.size())) == header) {
                const std::size_t end = std::min(text_.size(), text_.find_first_of("\r\n", at_));
                out_ += text_.substr(at_, header.size());
                out_ += ' ';
                out_ += hidden;
                at_ = end;
                return true;
            }
        }
        return false;
    }

    /// name=value of a form or query, "name": "value" of JSON.
    bool hide_field() {
        std::size_t end = at_;
        while (end < text_.size() && is_name_letter(text_[end])) {
            ++end;
        }
        const std::string name = lower(text_.substr(at_, end - at_));
        if (std::ranges::find(fields, name) == fields.end()) {
            out_ += text_.substr(at_, end - at_);
            const bool moved = end > at_;
            at_ = end;
            return moved;
        }
        return hide_form_value(end) || hide_json_value(end) || keep(end);
    }

    bool keep(std::size_t end) {
        out_ += text_.substr(at_, end - at_);
        at_ = end;
        return true;
    }

    bool hide_form_value(std::size_t equals) {
        if (equals >= text_.size() || text_[equals] != '=') {
            return false;
        }
        keep(equals + 1);
        at_ = std::min(text_.size(), text_.find_first_of("& \t\r\n\"'<>", at_));
        out_ += hidden;
        return true;
    }

    bool hide_json_value(std::size_t quote) {
        std::size_t place = quote;
        if (place >= text_.size() || text_[place++] != '"') {
            return false;
        }
        while (place < text_.size() && (is_space(text_[place]) || text_[place] == ':')) {
            ++place;
        }
        if (place >= text_.size() || text_[place] != '"') {
            return false;
        }
        keep(place + 1);
        while (at_ < text_.size() && text_[at_] != '"') {
            at_ += text_[at_] == '\\' ? std::size_t{2} : std::size_t{1};
        }
        at_ = std::min(at_, text_.size());
        out_ += hidden;
        return true;
    }

    /// scheme://user:password@host
    bool hide_password() {
        if (!text_.substr(at_).starts_with("://")) {
            return false;
        }
        const std::size_t start = at_ + 3;
        const std::size_t end = std::min(text_.size(), text_.find_first_of("/?# \t\r\n\"", start));
        const std::size_t at_sign = text_.substr(start, end - start).rfind('@');
        if (at_sign == std::string_view::npos) {
            return false;
        }
        out_ += "://";
        out_ += hidden;
        at_ = start + at_sign;
        return true;
    }

    std::string_view text_;
    std::string out_;
    std::size_t at_ = 0;
};

}  // namespace

std::string redact(std::string_view text) {
    return Redaction{text}.run();
}

std::string without(std::string text, const Secret& secret) {
    const std::string& word = secret.reveal();
    for (auto at = text.find(word); !word.empty() && at != std::string::npos;
         at = text.find(word, at + hidden.size())) {
        text.replace(at, word.size(), hidden);
    }
    return text;
}

}  // namespace batch
