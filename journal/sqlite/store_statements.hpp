#pragma once

#include "journal/sqlite/statement.hpp"

namespace gateway::journal {

// The statements with which the journal is written, on one connection; see record_store.
struct store_statements {
    // `db` must outlive this object.
    explicit store_statements(database& db);

    statement look_up;
    statement insert;
    statement insert_order;
    statement insert_total;
    statement start_attempt;
    statement end_attempt;
    statement restart;
    statement update_state;
    statement add_history;
    statement keep_ban;
    statement lift_bans;
    statement probe;
    statement remove;
};

}  // namespace gateway::journal
