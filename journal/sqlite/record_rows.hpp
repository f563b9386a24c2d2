#pragma once

#include <string>
#include <string_view>

#include "journal/sqlite/file_keys.hpp"
#include "journal/sqlite/statement.hpp"
#include "redemption/model.hpp"

// Conversion between rows and model: columns in one order, states as names, codes sealed when a key
// is configured.

namespace gateway::journal {

// The columns read_redemption() expects, in its order; `seq` is the first.
extern const std::string_view redemption_columns;
inline constexpr int redemption_column_count = 24;

// The columns of a record that need no key; attempts, orders, totals and history are in child
// tables.
db_result<redemption::record> read_redemption(const row& at);
// The columns that need keys. Texts in clear are readable whatever the keys; an unreadable one is
// an error that names the redemption and leaves params and result empty.
db_result<void> read_sealed(const row& at, const file_keys& keys, redemption::record& into);
// number, started_at, finished_at, phase, verdict, code, sub_code, message, platform_request_id,
// detail
redemption::attempt read_attempt(const row& at);
// at, who, action, note, from_state, to_state
redemption::history_entry read_history(const row& at);

// The stored form of a text that may hold codes: TEXT in clear without keys, else a sealed BLOB.
// `buffer` keeps the sealed bytes alive until the statement has run.
db_result<sql_value> stored_text(
    std::string_view clear,
    const redemption::redemption_id& id,
    std::string_view column,
    const file_keys& keys,
    std::string& buffer
);

// The stored form of a digest that could reveal a code (journal/covering_secret.hpp).
db_result<sql_value> stored_digest(
    std::string_view digest, const file_keys& keys, std::string& buffer
);

// The stored form of a total's subject, order and code. Holds views into the total and into itself.
struct stored_subject {
    sql_value subject;
    sql_value order;  // NULL, like the code, when an earlier version wrote it
    sql_value code;
    std::string subject_bytes;
    std::string code_bytes;
};
db_result<void> store_subject(
    const redemption::running_total& total, const file_keys& keys, stored_subject& into
);

}  // namespace gateway::journal
