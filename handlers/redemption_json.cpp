#include "handlers/redemption_json.hpp"

#include "text/json_writer.hpp"
#include "text/timestamp.hpp"

namespace gateway::handlers {
namespace {

using redemption::record;

template <class Named>
void write_name(
    text::json_writer& out, std::string_view member, const std::optional<Named>& value
) {
    if (value) {
        out.text(member, redemption::to_string(*value));
    } else {
        out.null(member);
    }
}

void write_platform_answer(text::json_writer& out, const redemption::evidence& said) {
    out.text_or_null("code", said.code);
    out.text_or_null("sub_code", said.sub_code);
    out.text_or_null("message", said.message);
}

void write_attempt(text::json_writer& out, const redemption::attempt& which) {
    out.begin_object();
    out.number("number", which.number);
    out.text("started_at", text::to_rfc3339(which.started_at));
    if (which.finished_at) {
        out.text("finished_at", text::to_rfc3339(*which.finished_at));
    } else {
        out.null("finished_at");
    }
    write_name(out, "phase", which.phase);
    write_name(out, "verdict", which.verdict);
    if (which.detail.empty()) {
        out.null("detail");
    } else {
        out.text("detail", which.detail);
    }
    write_platform_answer(out, which.said);
    out.text_or_null("platform_request_id", which.said.platform_request_id);
    out.end_object();
}

void write_error(text::json_writer& out, const std::optional<redemption::error_info>& error) {
    if (!error) {
        out.null("error");
        return;
    }
    out.begin_object("error");
    out.text("source", redemption::to_string(error->source));
    out.text("detail", error->detail);
    write_platform_answer(out, error->said);
    out.end_object();
}

void write_history(text::json_writer& out, const std::vector<redemption::history_entry>& history) {
    if (history.empty()) {
        return;
    }
    out.begin_array("history");
    for (const auto& entry : history) {
        out.begin_object();
        out.text("at", text::to_rfc3339(entry.at));
        out.text("who", entry.who);
        out.text("action", entry.action);
        out.text("note", entry.note);
        write_name(out, "from", entry.from);
        write_name(out, "to", entry.to);
        out.end_object();
    }
    out.end_array();
}

void write_identity(text::json_writer& out, const record& what) {
    out.text("id", what.id.str());
    out.text("state", redemption::to_string(what.state));
    out.text("method", what.method.str());
    out.text("account", what.account.str());
    out.text("idempotency_key", what.key.str());
    if (what.natural) {
        out.text("natural_key", what.natural->str());
    } else {
        out.null("natural_key");
    }
    out.text("created_at", text::to_rfc3339(what.created_at));
    out.text("updated_at", text::to_rfc3339(what.updated_at));
    out.text("expires_at", text::to_rfc3339(what.expires_at));
}

// A redemption that is not final is never removed, and a failed one may start over until then.
void write_key_expiry(text::json_writer& out, const record& what, std::chrono::hours retention) {
    if (redemption::is_final(what.state)) {
        out.text("idempotency_key_expires_at", text::to_rfc3339(what.updated_at + retention));
    } else {
        out.null("idempotency_key_expires_at");
    }
}

}  // namespace

std::string to_json(const record& what, std::chrono::hours retention) {
    text::json_writer out;
    out.begin_object();
    write_identity(out, what);
    write_key_expiry(out, what, retention);
    out.begin_array("attempts");
    for (const auto& which : what.attempts) {
        write_attempt(out, which);
    }
    out.end_array();
    out.raw("result", what.result);
    write_error(out, what.error);
    write_history(out, what.history);
    // In every state: the same request with the same key attaches, replays, or restarts what is
    // proven not to have happened (docs/api.md, Idempotency-Key).
    out.boolean("safe_to_retry", true);
    out.end_object();
    return out.str();
}

std::string to_json(
    const std::vector<record>& page,
    const std::optional<redemption::redemption_id>& next,
    std::chrono::hours retention
) {
    text::json_writer out;
    out.begin_object();
    out.begin_array("redemptions");
    for (const auto& what : page) {
        out.raw({}, to_json(what, retention));
    }
    out.end_array();
    if (next) {
        out.text("next_cursor", next->str());
    } else {
        out.null("next_cursor");
    }
    out.end_object();
    return out.str();
}

}  // namespace gateway::handlers
