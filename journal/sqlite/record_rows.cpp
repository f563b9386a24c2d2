#include "journal/sqlite/record_rows.hpp"

#include <algorithm>
#include <optional>

namespace gateway::journal {
namespace {

using redemption::record;
using redemption::redemption_id;

enum column : int {
    seq_column,
    id_column,
    caller_column,
    key_column,
    body_column,
    method_column,
    account_column,
    identity_column,
    params_column,
    natural_key_column,
    replay_safe_column,
    state_column,
    created_at_column,
    updated_at_column,
    expires_at_column,
    lifetime_column,
    result_column,
    error_kind_column,
    error_source_column,
    error_detail_column,
    error_evidence_column,  // and the three after it
};
static_assert(redemption_column_count == error_evidence_column + 4);

redemption::time_point time_at(const row& at, int column) {
    return redemption::time_point(std::chrono::milliseconds(at.integer(column)));
}

std::optional<base::redacted_text> redacted_at(const row& at, int column) {
    return at.is_null(column) ? std::nullopt
                              : std::optional(base::redacted_text::from_journal(at.text(column)));
}

redemption::evidence evidence_at(const row& at, int first) {
    redemption::evidence said;
    said.code = redacted_at(at, first);
    said.sub_code = redacted_at(at, first + 1);
    said.message = redacted_at(at, first + 2);
    said.platform_request_id = redacted_at(at, first + 3);
    return said;
}

// The authenticated context of a sealed text, so that it opens in no other row or column.
std::string context_of(const redemption_id& id, std::string_view column) {
    return id.str() + "/" + std::string(column);
}

db_error unreadable(const redemption_id& id, std::string_view column, const std::string& why) {
    return {
        0, "the " + std::string(column) + " of redemption " + id.str() + " can't be read: " + why
    };
}

db_result<void> read_text(
    const row& at,
    int column,
    std::string_view name,
    const redemption_id& id,
    const file_keys& keys,
    std::string& into
) {
    const std::string_view stored = at.text(column);
    if (!at.is_blob(column)) {
        into = stored;
        return {};
    }
    if (!keys.texts) {
        return unreadable(id, name, sealed_without_keys(stored).reason);
    }
    auto opened = keys.texts->open(stored, context_of(id, name));
    if (!opened) {
        return unreadable(id, name, opened.error().reason);
    }
    into = std::move(*opened);
    return {};
}

db_result<void> read_body(const row& at, const file_keys& keys, record& into) {
    auto body = keys.digests.uncover(at.text(body_column));
    if (!body) {
        return unreadable(into.id, "body", body.error().reason);
    }
    if (body->size() != into.body.size()) {
        return unreadable(into.id, "body", "it is no SHA-256");
    }
    std::transform(body->begin(), body->end(), into.body.begin(), [](char c) {
        return static_cast<std::uint8_t>(c);
    });
    return {};
}

std::optional<redemption::error_info> read_error(const row& at) {
    const auto source = redemption::error_source_from(at.text(error_source_column));
    if (!source) {
        return std::nullopt;
    }
    redemption::error_info error;
    error.source = *source;
    error.detail = base::redacted_text::from_journal(at.text(error_detail_column));
    error.said = evidence_at(at, error_evidence_column);
    error.kind = redemption::error_kind_from(at.text(error_kind_column));
    return error;
}

}  // namespace

const std::string_view redemption_columns =
    "seq, id, caller, idempotency_key, body, method, account, identity, params, natural_key, "
    "replay_safe, state, created_at, updated_at, expires_at, lifetime, result, error_kind, error_source, "
    "error_detail, error_code, error_sub_code, error_message, error_platform_request_id";

db_result<record> read_redemption(const row& at) {
    record r;
    r.id = redemption_id(std::string(at.text(id_column)));
    const auto state = redemption::state_from(at.text(state_column));
    if (!state) {
        return db_error(0, "the row of redemption " + r.id.str() + " can't be understood");
    }
    r.caller = redemption::caller_name(std::string(at.text(caller_column)));
    r.key = redemption::idempotency_key(std::string(at.text(key_column)));
    r.method = redemption::method_name(std::string(at.text(method_column)));
    r.account = redemption::account_name(std::string(at.text(account_column)));
    r.identity = redemption::platform_identity(std::string(at.text(identity_column)));
    if (!redemption::is_known(r.identity)) {
        r.identity = {};
    }
    if (!at.is_null(natural_key_column)) {
        r.natural = redemption::natural_key(std::string(at.text(natural_key_column)));
    }
    r.replay_safe = at.integer(replay_safe_column) != 0;
    r.state = *state;
    r.created_at = time_at(at, created_at_column);
    r.updated_at = time_at(at, updated_at_column);
    r.expires_at = time_at(at, expires_at_column);
    r.lifetime = std::chrono::milliseconds(at.integer(lifetime_column));
    r.error = read_error(at);
    return r;
}

db_result<void> read_sealed(const row& at, const file_keys& keys, record& into) {
    auto read = read_body(at, keys, into);
    std::string params;
    std::string result;
    if (read) {
        read = read_text(at, params_column, "params", into.id, keys, params);
    }
    if (read) {
        read = read_text(at, result_column, "result", into.id, keys, result);
    }
    if (read) {
        into.params = redemption::params_text(std::move(params));
        into.result = std::move(result);
    }
    return read;
}

redemption::attempt read_attempt(const row& at) {
    redemption::attempt a;
    a.number = static_cast<std::uint32_t>(at.integer(0));
    a.started_at = time_at(at, 1);
    if (!at.is_null(2)) {
        a.finished_at = time_at(at, 2);
    }
    a.phase = redemption::phase_from(at.text(3));
    a.verdict = redemption::verdict_from(at.text(4));
    a.said = evidence_at(at, 5);
    a.detail = base::redacted_text::from_journal(at.text(9));
    return a;
}

redemption::history_entry read_history(const row& at) {
    redemption::history_entry entry;
    entry.at = time_at(at, 0);
    entry.who = at.text(1);
    entry.action = at.text(2);
    entry.note = at.text(3);
    entry.from = redemption::state_from(at.text(4));
    entry.to = redemption::state_from(at.text(5));
    return entry;
}

db_result<sql_value> stored_text(
    std::string_view clear,
    const redemption_id& id,
    std::string_view column,
    const file_keys& keys,
    std::string& buffer
) {
    if (!keys.texts) {
        return sql_value(clear);
    }
    auto sealed = keys.texts->seal(clear, context_of(id, column));
    if (!sealed) {
        return db_error(0, "redemption " + id.str() + " can't be stored: " + sealed.error().reason);
    }
    buffer = std::move(*sealed);
    return sql_value(blob_view{buffer.data(), buffer.size()});
}

db_result<sql_value> stored_digest(
    std::string_view digest, const file_keys& keys, std::string& buffer
) {
    auto covered = keys.digests.cover(digest);
    if (!covered) {
        return db_error(0, covered.error().reason);
    }
    buffer = std::move(*covered);
    return sql_value(blob_view{buffer.data(), buffer.size()});
}

db_result<void> store_subject(
    const redemption::running_total& total, const file_keys& keys, stored_subject& into
) {
    auto subject = stored_digest(total.subject, keys, into.subject_bytes);
    if (!subject) {
        return subject.error();
    }
    into.subject = *subject;
    if (total.code.empty()) {
        return {};
    }
    auto code = stored_digest(total.code, keys, into.code_bytes);
    if (!code) {
        return code.error();
    }
    into.order = to_sql(total.order);
    into.code = *code;
    return {};
}

}  // namespace gateway::journal
