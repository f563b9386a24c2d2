#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "redemption/engine/core_context.hpp"
#include "redemption/service.hpp"

namespace gateway::redemption {

// The core as handlers see it, plus what the process needs to start and stop it. Loop thread only.
class engine : public service {
public:
    // Loads everything pending and picks it up (docs/redemption-rules.md, After a restart). Before
    // the first submit().
    virtual boost::asio::awaitable<journal_result<std::size_t>> pick_up() = 0;
    // No new wishes; attempts in flight finish, everything else stays pending in the journal.
    // Callers that wait are answered with a snapshot at `answer_by` at the latest.
    virtual void begin_drain(std::chrono::steady_clock::time_point answer_by) = 0;
    // New key, certificate, session or token: a paused account is tried again at once.
    virtual void secrets_changed(const account_name& account) = 0;
    // Redemptions being worked on here.
    virtual std::size_t at_work() const = 0;
};

// Everything in `context` and the accounts must outlive the engine; the engine must outlive what it
// spawned.
std::unique_ptr<engine> make_engine(core_context context, std::vector<account_entry> accounts);

}  // namespace gateway::redemption
