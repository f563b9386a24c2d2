#pragma once

#include "redemption/journal.hpp"

namespace gateway::journal {

namespace asio = boost::asio;

// A journal as its owner sees it: the core's port, and its end.
class managed_journal : public redemption::journal {
public:
    // Writes what waits, then lets go of the file. Blocks until that is done; later calls answer
    // with an error.
    virtual void close() = 0;
};

}  // namespace gateway::journal
