#include "journal/postgres/record_codec.hpp"

#include <algorithm>
#include <utility>

#include "text/hex.hpp"
#include "text/json_writer.hpp"
#include "text/strict_json.hpp"

namespace gateway::journal::postgres {
namespace {

using redemption::attempt;
using redemption::redemption_id;

// jsonb cannot hold a NUL.
std::string without_nul(std::string_view text) {
    std::string stored;
    for (const char c : text) {
        if (c == '\0') {
            stored += "\xEF\xBF\xBD";
        } else {
            stored += c;
        }
    }
    return stored;
}

void write_text(text::json_writer& out, std::string_view name, std::string_view value) {
    if (value.find('\0') == std::string_view::npos) {
        out.text(name, value);
    } else {
        out.text(name, without_nul(value));
    }
}

void write_said(text::json_writer& out, const redemption::evidence& said) {
    const auto add = [&](std::string_view name, const auto& value) {
        if (value) {
            write_text(out, name, *value);
        }
    };
    add("code", said.code);
    add("sub_code", said.sub_code);
    add("message", said.message);
    add("platform_request_id", said.platform_request_id);
}

std::int64_t milliseconds_of(redemption::time_point at) {
    return at.time_since_epoch().count();
}

void write_attempt(text::json_writer& out, const attempt& one) {
    out.begin_object();
    out.number("number", one.number);
    out.number("started_at", milliseconds_of(one.started_at));
    if (one.finished_at) {
        out.number("finished_at", milliseconds_of(*one.finished_at));
    }
    if (one.phase) {
        out.text("phase", to_string(*one.phase));
    }
    if (one.verdict) {
        out.text("verdict", to_string(*one.verdict));
    }
    write_said(out, one.said);
    if (!one.detail.empty()) {
        write_text(out, "detail", one.detail);
    }
    out.end_object();
}

void write_history(text::json_writer& out, const redemption::history_entry& entry) {
    out.begin_object();
    out.number("at", milliseconds_of(entry.at));
    write_text(out, "who", entry.who);
    write_text(out, "action", entry.action);
    write_text(out, "note", entry.note);
    if (entry.from) {
        out.text("from", to_string(*entry.from));
    }
    if (entry.to) {
        out.text("to", to_string(*entry.to));
    }
    out.end_object();
}

// The authenticated context of a sealed text, so that it opens in no other row or column.
std::string context_of(const redemption_id& id, std::string_view column) {
    return id.str() + "/" + std::string(column);
}

std::string_view text_of(const redemption::fingerprint& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::string attempt_text(const attempt& one) {
    text::json_writer out;
    write_attempt(out, one);
    return out.str();
}

std::string attempts_text(const std::vector<attempt>& all) {
    text::json_writer out;
    out.begin_array();
    for (const auto& one : all) {
        write_attempt(out, one);
    }
    out.end_array();
    return out.str();
}

std::string error_text(const redemption::error_info& error) {
    text::json_writer out;
    out.begin_object();
    out.text("source", to_string(error.source));
    write_text(out, "detail", error.detail);
    if (error.kind) {
        out.text("kind", to_string(*error.kind));
    }
    write_said(out, error.said);
    out.end_object();
    return out.str();
}

std::string history_text(const std::vector<redemption::history_entry>& all) {
    text::json_writer out;
    out.begin_array();
    for (const auto& entry : all) {
        write_history(out, entry);
    }
    out.end_array();
    return out.str();
}

std::string word_text(const redemption::operator_resolution& word) {
    text::json_writer out;
    out.begin_object();
    out.text("to", to_string(word.to));
    write_text(out, "note", word.note);
    write_text(out, "who", word.who);
    out.end_object();
    return out.str();
}

secret_result<stored_text> store_text(
    std::string_view clear,
    const redemption_id& id,
    std::string_view column,
    const journal_keys& keys
) {
    if (!keys.texts) {
        return stored_text{.bytes = std::string(clear), .sealed = false};
    }
    auto sealed = keys.texts->seal(clear, context_of(id, column));
    if (!sealed) {
        return sealed.error();
    }
    return stored_text{.bytes = std::move(*sealed), .sealed = true};
}

secret_result<std::string> cover_body(
    const redemption::fingerprint& body, const journal_keys& keys
) {
    return keys.digests.cover(text_of(body));
}

secret_result<stored_total> store_total(
    const redemption::running_total& total, const journal_keys& keys
) {
    const bool known = !total.code.empty();
    auto code = keys.digests.cover(known ? total.code : total.subject);
    if (!code) {
        return code.error();
    }
    return stored_total{
        .order = known ? total.order.str() : std::string(),
        .code = std::move(*code),
        .total = total.total,
    };
}

secret_result<std::vector<stored_total>> search_totals(
    const redemption::running_total& total, const journal_keys& keys
) {
    std::vector<stored_total> all;
    for (const auto& code : {total.code, std::string()}) {
        auto sought = total;
        sought.code = code;
        auto stored = store_total(sought, keys);
        if (!stored) {
            return stored.error();
        }
        all.push_back(std::move(*stored));
        if (code.empty()) {
            break;
        }
    }
    return all;
}

secret_result<std::string> totals_text(
    const std::vector<redemption::running_total>& totals, const journal_keys& keys
) {
    text::json_writer out;
    out.begin_array();
    for (const auto& one : totals) {
        auto subject = keys.digests.cover(one.subject);
        if (!subject) {
            return subject.error();
        }
        out.begin_object();
        out.text("subject", text::to_hex(*subject));
        out.number("total", one.total);
        if (!one.code.empty()) {
            auto code = keys.digests.cover(one.code);
            if (!code) {
                return code.error();
            }
            out.text("order", one.order.view());
            out.text("code", text::to_hex(*code));
        }
        out.end_object();
    }
    out.end_array();
    return out.str();
}

}  // namespace gateway::journal::postgres
