#pragma once

#include <cstddef>

#include "redemption/journal.hpp"

namespace gateway::journal {

namespace asio = boost::asio;

// A journal as its owner sees it: the core's port, plus what only the process itself does with it.
class managed_journal : public redemption::journal {
public:
    // One small step of retention (contract §5): removes at most that many succeeded, rejected or
    // failed redemptions that ended before `limit`, oldest first, and says how many. Pending and
    // unknown ones are never removed.
    virtual asio::awaitable<redemption::journal_result<std::size_t>> remove_final_before(
        redemption::time_point limit, std::size_t at_most
    ) = 0;
    // Writes what waits, then lets go of the file. Blocks until that is done; later calls answer
    // with an error.
    virtual void close() = 0;
};

}  // namespace gateway::journal
