#pragma once

#include <cstdint>
#include <span>

#include "journal/postgres/calling.hpp"
#include "journal/postgres/connection.hpp"

namespace gateway::journal::postgres {

// The statements of the writer's session, in the order of its table.
enum class sql : std::uint8_t {
    fence,  // first in every transaction: fails unless process and connection may write
    begin,
    commit,
    roll_back,
    // replicas
    draw_token,
    enrol,
    forget_replicas,
    forget_shares,
    lock_replica,
    renew_connection,
    probe,
    leave,
    release,
    end_earlier_backend,
    // reading, under the locks of the transaction
    lock_wish,
    lock_open,
    find,
    find_by_key,
    find_all,
    natural_key_holder,
    higher_total,
    // orders
    lock_names,
    lock_lines,
    draw_numbers,
    renumber,
    move_names,
    move_open,
    move_confirmed,
    move_doubtful,
    others_in_line,
    others_first,
    // one redemption
    insert,
    restart,
    start_attempt,
    settle_open,
    settle_final,
    complete_final,
    replace_attempts,
    replace_final_attempts,
    set_void,
    raise_totals,
    doubt,
    end_doubt,
    keep_ban,
    // several
    lift_bans,
    take,
    own,
    give_back,
    leave_word,
    remove_final,
    adopt_redemptions,
    adopt_names,
    adopt_numbers,
    adopt_shared_lines,
    adopt_leftovers,
    adopt_bans,
    adopt_old_bans,
    // failover
    find_behind,
    note_loss,
    note_restored,
    acknowledge_losses,
    retake,
    mark_looked,
    others_looking,
    // a batch, by arrays (batch_columns.hpp)
    batch_accept,
    batch_lock,
    batch_accept_in_line,
    batch_start,
    batch_finals,
    batch_confirming,
    batch_settle_open,
};

// Alive as long as the program.
std::span<const statement> writer_statements();

// One execution with the values of $1, $2, ...; columns must outlive it.
template <class... V>
call calling(sql which, const V&... values) {
    return calling(writer_statements()[static_cast<std::size_t>(which)], values...);
}

}  // namespace gateway::journal::postgres
