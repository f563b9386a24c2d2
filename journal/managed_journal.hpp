#pragma once

#include "redemption/journal.hpp"

namespace gateway::journal {

namespace asio = boost::asio;

// A journal as its owner sees it: the core's port, and the end of its life.
class managed_journal : public redemption::journal {
public:
    // Commits the waiting operations, then releases the file. Blocks until that is done; later
    // calls answer with an error.
    virtual void close() = 0;
};

}  // namespace gateway::journal
