// A request to the listener of a login, or an address that was pasted.

#include "core/auth/callback.hpp"

#include "core/auth/pages.hpp"
#include "tests/fuzz/target.hpp"

#include <optional>

namespace batch::fuzz {
namespace {

const auth::CallbackRules ours{.authority = "127.0.0.1:41873",
                               .state = "pq2TNSlh5v1Hm0YwXcRk8zJbUeA7fGdI3oVtLQxKs9E",
                               .issuer = "https://accounts.google.com"};

/// The same login with another state, which nobody can guess.
auth::CallbackRules of_another_login() {
    auth::CallbackRules rules = ours;
    rules.state = "T7uYbq0nZs4WmXcE2rKfLh9GvJd1PoAiQ5xS8tRwUeM";
    return rules;
}

auth::CallbackRules with_issuer() {
    auth::CallbackRules rules = ours;
    rules.needs_issuer = true;
    return rules;
}

void check(const auth::Verdict& verdict) {
    expect(!auth::page_response(verdict.status, verdict.page).empty(), "every verdict has a page");
    if (!verdict.answer) {
        expect(verdict.status >= 400 && verdict.status < 500, "what is refused is not 200");
        return;
    }
    const auth::CallbackAnswer& answer = *verdict.answer;
    const bool has_code = !answer.code.empty();
    expect(verdict.status == 200 && !verdict.is_wrong_state, "an answer is 200");
    expect(has_code + !answer.error.empty() + answer.wrong_issuer <= 1, "it says one thing");
    expect(answer.error.size() <= 64 && is_printable(answer.error), "an error is a short word");
    expect(answer.code.reveal().size() <= auth::longest_code && is_printable(answer.code.reveal()),
           "a code can be sent");
}

bool counts(const std::optional<auth::Verdict>& verdict) {
    if (verdict) {
        check(*verdict);
    }
    return verdict && verdict->answer && !verdict->answer->wrong_issuer;
}

}  // namespace

bool takes(std::string_view input) {
    static const auth::CallbackRules other = of_another_login();
    static const auth::CallbackRules strict = with_issuer();
    expect(!auth::judge(input, other).answer, "a stranger's request ends nothing");
    const auto pasted = auth::judge_pasted(input, other);
    expect(!pasted || !pasted->answer, "a stranger's address ends nothing");
    const bool is_strict = counts(auth::judge(input, strict));
    const bool is_request = counts(auth::judge(input, ours));
    expect(is_request || !is_strict, "more rules take no more");
    expect(!is_request || auth::is_complete(input), "what is taken is complete");
    return counts(auth::judge_pasted(input, ours)) || is_request;
}

}  // namespace batch::fuzz
