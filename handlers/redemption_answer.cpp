#include "handlers/redemption_answer.hpp"

#include <algorithm>

#include "handlers/redemption_json.hpp"
#include "handlers/redemption_path.hpp"

namespace gateway::handlers {
namespace {

using net::http_response;
using redemption::redemption_snapshot;
using redemption::state;
using std::chrono::hours;

template <class... Cases>
struct overloaded : Cases... {
    using Cases::operator()...;
};

http_response json_response(unsigned status, std::string body) {
    http_response response;
    response.status = status;
    response.headers.add("Content-Type", "application/json");
    response.body = std::move(body);
    return response;
}

void add_applied(http_response& response, const wait_preference& preference) {
    const auto applied = preference.applied();
    if (!applied.empty()) {
        response.headers.add("Preference-Applied", applied);
    }
}

// 200: the body is the redemption found at this path, not at the request's.
http_response settled(const redemption_snapshot& now, hours retention) {
    auto response = json_response(200, to_json(now.record, retention));
    response.headers.add("Content-Location", path_of(now.record.id));
    return response;
}

// 202, for pending and for unknown; only the first is worth asking again soon.
http_response not_settled(const redemption_snapshot& now, hours retention) {
    auto response = json_response(202, to_json(now.record, retention));
    response.headers.add("Location", path_of(now.record.id));
    if (now.record.state == state::pending) {
        response.headers.add("Retry-After", std::to_string(now.ask_again.count()));
    }
    return response;
}

http_response refused(const redemption_snapshot& now, problem_kind kind, hours retention) {
    problem out;
    out.kind = kind;
    if (now.record.error) {
        out.detail = now.record.error->detail;
    }
    out.instance = path_of(now.record.id);
    out.redemption = now.record;
    out.retention = retention;
    if (kind == problem_kind::failed) {
        out.retry_after = now.ask_again;
    }
    return to_response(out);
}

// An overtaken total is answered like one that comes too late (docs/redemption-rules.md, Running
// totals).
problem_kind failure_of(const redemption::record& what) {
    const bool overtaken =
        what.error && what.error->kind == redemption::error_kind::total_would_fall;
    return overtaken ? problem_kind::total_would_fall : problem_kind::failed;
}

http_response submitted(const redemption_snapshot& now, hours retention) {
    switch (now.record.state) {
        case state::succeeded:
            return settled(now, retention);
        case state::rejected:
            return refused(now, problem_kind::rejected, retention);
        case state::failed:
            return refused(now, failure_of(now.record), retention);
        case state::pending:
        case state::unknown:
            break;
    }
    return not_settled(now, retention);
}

// `by` is empty if the asker may not read it.
http_response conflict(
    problem_kind kind, const redemption::redemption_id& by, base::fixed_text detail
) {
    problem out;
    out.kind = kind;
    out.detail = detail;
    if (!by.empty()) {
        out.instance = path_of(by);
    }
    if (!by.empty() && kind == problem_kind::natural_key_in_use) {
        out.headers.add("Location", path_of(by));
    }
    return to_response(out);
}

http_response total_falls(const redemption::total_falls& what) {
    problem out;
    out.kind = problem_kind::total_would_fall;
    const auto how = what.in_doubt ? base::fixed_text(" may have been executed") : " is confirmed";
    out.detail = base::fixed_text("A total of ") + base::redacted_text::number(what.confirmed) +
                 how +
                 base::fixed_text(" for this order and code already; a running total never falls");
    if (what.by) {
        out.instance = path_of(*what.by);
    }
    return to_response(out);
}

http_response acceptance_pending(const redemption::acceptance_pending& what) {
    problem out;
    out.kind = problem_kind::acceptance_pending;
    out.detail =
        "It is not known yet whether the redemption was taken, and it may still be sent; repeat "
        "the same request with the same key";
    out.retry_after = what.retry_after;
    return to_response(out);
}

// A retry that is recorded after this answer may be sent and become unknown again; a second one
// would then send it once more.
http_response not_recorded_yet(
    const redemption::acceptance_pending& what, operators_action action
) {
    problem out;
    out.kind = problem_kind::acceptance_pending;
    out.retry_after = what.retry_after;
    out.detail =
        "The action is not recorded yet, and may still be; repeat the same request to see whether "
        "it was";
    if (action == operators_action::retry) {
        out.detail =
            "The retry is not recorded yet, and may still be; read the redemption before you "
            "repeat it, as it may have been sent since";
        out.safe_to_retry = false;
    }
    return to_response(out);
}

http_response not_configured(const redemption::account_not_configured& what, hours retention) {
    problem out;
    out.kind = problem_kind::account_not_configured;
    out.detail =
        "It was given up and nothing was redeemed. It starts over when the same request comes once "
        "its account is configured again; until then repeating it changes nothing";
    out.instance = path_of(what.record.id);
    out.redemption = what.record;
    out.retention = retention;
    return to_response(out);
}

// Callers learn why the journal can't be used, but not where it is: "journal /var/lib/j.db: it is
// in use" becomes "journal: it is in use".
base::redacted_text without_paths(const base::redacted_text& text) {
    const auto whole = text.view();
    base::redacted_text out;
    for (std::size_t at = 0; at < whole.size();) {
        const auto end = std::min(whole.find(' ', at), whole.size());
        const auto word = whole.substr(at, end - at);
        if (word.find('/') != std::string_view::npos) {
            out += word.ends_with(':') ? base::fixed_text(":") : "";
        } else {
            out += out.empty() ? base::fixed_text("") : " ";
            out += text.part(at, word.size());
        }
        at = end + 1;
    }
    return out;
}

http_response not_found() {
    problem out;
    out.kind = problem_kind::no_such_redemption;
    return to_response(out);
}

}  // namespace

problem problem_of(const redemption::unavailable& what) {
    problem out;
    switch (what.reason) {
        case redemption::unavailable::why::draining:
            out.kind = problem_kind::draining;
            break;
        case redemption::unavailable::why::journal:
            out.kind = problem_kind::journal_unavailable;
            break;
        case redemption::unavailable::why::saturated:
            out.kind = problem_kind::saturated;
            break;
    }
    out.detail = without_paths(what.detail);
    out.retry_after = what.retry_after;
    return out;
}

http_response answer(
    const redemption::submit_outcome& outcome, const wait_preference& preference, hours retention
) {
    return std::visit(
        overloaded{
            [&](const redemption_snapshot& now) {
                auto response = submitted(now, retention);
                if (now.replayed) {
                    response.headers.add("Idempotent-Replayed", "true");
                }
                if (response.status == 202) {
                    add_applied(response, preference);
                }
                return response;
            },
            [](const redemption::key_reused& what) {
                return conflict(
                    problem_kind::idempotency_key_reused,
                    what.by,
                    "This Idempotency-Key was used with another body; a new wish needs a new key"
                );
            },
            [](const redemption::natural_key_in_use& what) {
                return conflict(
                    problem_kind::natural_key_in_use,
                    what.by,
                    "Another redemption with this natural key is at work, succeeded or unknown"
                );
            },
            [](const redemption::total_falls& what) { return total_falls(what); },
            [](const redemption::unavailable& what) { return to_response(problem_of(what)); },
            [&](const redemption::account_not_configured& what) {
                return not_configured(what, retention);
            },
            [](const redemption::acceptance_pending& what) { return acceptance_pending(what); },
        },
        outcome
    );
}

http_response answer(
    const redemption::find_outcome& outcome, const wait_preference& preference, hours retention
) {
    return std::visit(
        overloaded{
            [&](const redemption_snapshot& now) {
                auto response = json_response(200, to_json(now.record, retention));
                if (now.record.state == state::pending) {
                    response.headers.add("Retry-After", std::to_string(now.ask_again.count()));
                }
                if (preference.wait) {
                    add_applied(response, preference);
                }
                return response;
            },
            [](const redemption::not_found&) { return not_found(); },
            [](const redemption::unavailable& what) { return to_response(problem_of(what)); },
        },
        outcome
    );
}

http_response answer(
    const redemption::operate_outcome& outcome, operators_action action, hours retention
) {
    return std::visit(
        overloaded{
            [&](const redemption_snapshot& now) {
                return now.record.state == state::pending ? not_settled(now, retention)
                                                          : settled(now, retention);
            },
            [](const redemption::not_found&) { return not_found(); },
            [](const redemption::not_allowed_now& what) {
                problem out;
                out.kind = problem_kind::not_allowed_now;
                out.detail = what.detail;
                out.instance = path_of(what.record.id);
                return to_response(out);
            },
            [](const redemption::unavailable& what) { return to_response(problem_of(what)); },
            [&](const redemption::acceptance_pending& what) {
                return not_recorded_yet(what, action);
            },
        },
        outcome
    );
}

}  // namespace gateway::handlers
