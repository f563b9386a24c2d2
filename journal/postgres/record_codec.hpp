#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/covering_secret.hpp"
#include "journal/postgres/rows.hpp"
#include "redemption/model.hpp"

// Conversion between columns and model (docs/journal-postgres.md, Tables). Pure; any thread.

namespace gateway::journal::postgres {

// JSON texts of jsonb columns. A NUL, which jsonb cannot hold, becomes U+FFFD.
std::string attempt_text(const redemption::attempt& one);
std::string attempts_text(const std::vector<redemption::attempt>& all);
std::string error_text(const redemption::error_info& error);
std::string history_text(const std::vector<redemption::history_entry>& all);
std::string word_text(const redemption::operator_resolution& word);

// A text that may hold codes: in clear without keys, else sealed for this redemption and column.
struct stored_text {
    std::string bytes;
    bool sealed = false;
};
secret_result<stored_text> store_text(
    std::string_view clear,
    const redemption::redemption_id& id,
    std::string_view column,
    const journal_keys& keys
);

secret_result<std::string> cover_body(
    const redemption::fingerprint& body, const journal_keys& keys
);

// A total as confirmed_totals knows it.
struct stored_total {
    std::string order;  // empty: not known, and the subject is in the place of the code
    std::string code;   // covered
    std::int64_t total = 0;
};
secret_result<stored_total> store_total(
    const redemption::running_total& total, const journal_keys& keys
);
// Where totals that count for it may stand: its own, and that of its subject, which an earlier
// version confirmed without its order.
secret_result<std::vector<stored_total>> search_totals(
    const redemption::running_total& total, const journal_keys& keys
);
// JSON text of redemptions.totals.
secret_result<std::string> totals_text(
    const std::vector<redemption::running_total>& totals, const journal_keys& keys
);

// The columns that read_record() expects and the tables they come from, as "SELECT <columns> FROM
// <source> WHERE ..."; r is redemptions, o open_redemptions, e outcomes.
extern const std::string record_columns;
extern const std::string record_source;

struct stored_record {
    redemption::record what;
    // Of a pending one the process that works on it; of a final one the process that ended it.
    std::optional<std::int64_t> owner;
    std::int64_t queued = 0;                         // while pending or unknown
    std::optional<std::int64_t> line;                // likewise
    std::optional<redemption::order_key> canonical;  // of its order
    // Why params, result, body or totals are missing.
    std::optional<base::redacted_text> unreadable;
};
// An error when the row has another shape than this program writes.
pg_outcome<stored_record> read_record(const rows& from, std::size_t row, const journal_keys& keys);

}  // namespace gateway::journal::postgres
