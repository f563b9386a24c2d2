#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/redacted_text.hpp"

// Errors of the database as values (docs/journal-postgres.md, Errors).

namespace gateway::journal::postgres {

// What an error means for the batch that met it.
enum class error_kind : std::uint8_t {
    ended,     // the fence refused the batch: this process, or this connection, may write no more
    retry,     // a conflict with another transaction; nothing was written, the batch may run again
    data,      // the data of one operation; nothing was written, run each operation alone
    trouble,   // the server cannot serve now; nothing was written, reconnect later
    lost,      // the connection was lost before the batch was sent; nothing was written
    in_doubt,  // the batch was sent and may have been committed
};

struct pg_error {
    error_kind kind = error_kind::trouble;
    // Five characters; empty when the server did not report the error.
    std::string sqlstate{};
    // For logs: names hosts and users, but no value of a row and no password.
    base::redacted_text reason{};
    // The index of the statement that failed; -1: none of them, or the commit.
    int statement = -1;
    // `reason` is the journal's own sentence and names no host: shown() gives it.
    bool is_own = false;

    // For callers and /readyz: one sentence by kind and SQLSTATE; names no host.
    base::redacted_text shown() const;
};

template <class T>
using pg_outcome = boost::system::result<T, pg_error>;

// The kind of an ERROR of the server. `is_fence`: the statement was the first of its batch.
error_kind kind_of(std::string_view sqlstate, bool is_fence) noexcept;

// A message of the server or of libpq as `reason`. For an error of kind data its place is taken by
// the SQLSTATE and the constraint, as such messages repeat values of a row.
base::redacted_text reason_of(
    std::string_view message, std::string_view sqlstate, std::string_view constraint = {}
);

}  // namespace gateway::journal::postgres
