#pragma once

#include <span>
#include <vector>

#include "journal/postgres/connection.hpp"
#include "journal/postgres/session.hpp"

// One batch as a pipeline that ends with one Sync, so that the server makes it one transaction.

namespace gateway::journal::postgres {

// A call, and whether its statement is prepared by its name.
struct pipelined {
    const call* what = nullptr;
    bool by_name = false;
};

// On an error that leaves no answer the session is cut.
pg_outcome<std::vector<rows>> run_pipeline(
    session& on, std::span<const pipelined> batch, base::steady_time deadline
);
// Prepares the statements by their names.
pg_outcome<void> prepare_all(
    session& on, std::span<const statement> table, base::steady_time deadline
);

}  // namespace gateway::journal::postgres
