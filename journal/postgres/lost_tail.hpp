#pragma once

#include <string>
#include <vector>

#include "journal/postgres/confirmed_tail.hpp"
#include "journal/postgres/record_store.hpp"

// The part of the confirmed tail that a new primary lacks (docs/journal-postgres.md, Failover).
// Thread of the writer.

namespace gateway::journal::postgres {

std::vector<statement> loss_statements();

// The ones of `ids`, which are in `tail`, of which the database shows less than was confirmed.
pg_outcome<std::vector<redemption::redemption_id>> find_behind(
    connection& on, const confirmed_tail& tail, const std::vector<redemption::redemption_id>& ids
);

// Runs confirmed steps again, each in a transaction of its own. What cannot be written any more, as
// its key is taken by another redemption, is passed over; find_behind() tells afterwards.
pg_outcome<void> restore(record_store& on, const std::vector<kept_step>& steps);

// Makes free ones of `ids` this process's again, as a lost tail may have held that it took them.
pg_outcome<void> retake(
    connection& on, writer_identity me, const std::vector<redemption::redemption_id>& ids
);

// Writes that this process has looked for its writes on the server that was started then.
pg_outcome<void> mark_looked(connection& on, writer_identity me, const std::string& server);
// Whether a process that lives has not looked yet on this server.
pg_outcome<bool> others_looking(connection& on);

// Writes that this process misses so many redemptions on the server that was started then; the
// number of the loss. It is not acknowledged from then on, even if it was.
pg_outcome<std::int64_t> note_loss(
    connection& on, writer_identity me, const std::string& server, std::size_t missing
);
pg_outcome<void> note_restored(
    connection& on, writer_identity me, std::int64_t loss, std::size_t restored
);

}  // namespace gateway::journal::postgres
