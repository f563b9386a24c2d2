#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "redemption/journal.hpp"

// Writes that the journal's database has lost although it had confirmed them, as after the failover
// to a standby that lagged behind (docs/journal-postgres.md, Failover). Loop thread.

namespace gateway::redemption {

// The losses that no operator has acknowledged yet, of all processes.
struct journal_loss {
    std::int64_t number = 0;    // of the newest
    std::int64_t missing = 0;   // redemptions with confirmed writes that the database lacked
    std::int64_t restored = 0;  // of them, written again
    friend bool operator==(const journal_loss&, const journal_loss&) = default;
};

// This process's look for its own confirmed writes on a database server that was started anew.
struct tail_look {
    std::size_t looked_at = 0;  // redemptions
    std::vector<redemption_id> restored{};
    std::vector<redemption_id> lost{};  // missing, and not to be written again
    bool reaches_further = false;       // the oldest looked at was missing, so that others may be
};

class journal_losses {
public:
    virtual ~journal_losses() = default;
    // None: there is none, or all are acknowledged. Cheap; for /readyz.
    virtual std::optional<journal_loss> loss() const = 0;
    // Acknowledges those up to that number; gives the sums of those that were not yet.
    virtual boost::asio::awaitable<journal_result<journal_loss>> acknowledge_losses(
        std::int64_t up_to, std::string who, std::string note
    ) = 0;
};

}  // namespace gateway::redemption
