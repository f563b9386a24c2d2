#pragma once

#include <string>
#include <string_view>

#include "journal/sealing.hpp"
#include "journal/sqlite_database.hpp"
#include "redemption/model.hpp"

// Between rows and model: columns in one order, states as words, codes sealed when a key is
// configured.

namespace gateway::journal {

// The columns read_redemption() expects, in its order; `seq` is the first.
extern const std::string_view redemption_columns;

// The row's own part of a record; attempts, orders, totals and history live in child tables.
// `keys` may be null: texts in clear stay readable, sealed ones are an error that names the
// redemption.
db_result<redemption::record> read_redemption(const row& at, const sealing_keys* keys);
// number, started_at, finished_at, phase, verdict, code, sub_code, message, platform_request_id
redemption::attempt read_attempt(const row& at);
// at, who, action, note, from_state, to_state
redemption::history_entry read_history(const row& at);

// A text that may hold codes as it is stored: TEXT in clear without keys, else a sealed BLOB.
// `buffer` keeps the sealed bytes alive until the statement has run.
db_result<sql_value> stored_text(
    std::string_view clear,
    const redemption::redemption_id& id,
    std::string_view column,
    const sealing_keys* keys,
    std::string& buffer
);

}  // namespace gateway::journal
