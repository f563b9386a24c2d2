#pragma once

#include <chrono>
#include <cstddef>
#include <utility>

#include "redemption/fellowship.hpp"

namespace gateway::simulation {

// The outcome of one group of writes (docs/journal.md, Group commit).
struct batch_plan {
    enum class outcome {
        done,
        refused,   // the disk fails before the flush: nothing of it is written
        doubtful,  // the flush fails: the next start may find it (docs/journal.md, A commit in
                   // doubt)
        answered_doubtful,  // so does the one that would have ended the doubt
    };
    outcome what = outcome::done;
    std::chrono::milliseconds until_durable{0};
    std::chrono::milliseconds until_answered{0};  // after that
};

// The behaviour of the disk. The default is a disk that always works and takes no time.
class disk {
public:
    virtual ~disk() = default;
    virtual batch_plan next_batch(std::size_t /*operations*/) { return {}; }
    // Whether a commit in doubt of a journal with several processes was done.
    virtual bool doubt_was_done() { return false; }
    // Whether a doubt can be written over now.
    virtual bool doubt_ends() { return true; }
    // Whether the next start finds what is in doubt when the journal is closed.
    virtual bool doubt_stands_at_close() { return false; }
    // How long until a question is looked up, and from then until it is answered.
    virtual std::pair<std::chrono::milliseconds, std::chrono::milliseconds> next_read() {
        return {};
    }
    virtual bool read_fails() { return false; }
    // Something became durable, was asked for, or is answered now.
    virtual void committed() {}
    virtual void settle_asked(const redemption::redemption_id& /*id*/) {}
    virtual void settled(const redemption::redemption_id& /*id*/, bool /*written*/) {}
    virtual void start_asked(const redemption::redemption_id& /*id*/) {}
    virtual void start_answered(const redemption::redemption_id& /*id*/, bool /*started*/) {}
    virtual void taken(const redemption::redemption_id& /*id*/) {}
    virtual void told_late(const redemption::late_answer& /*answer*/) {}
    virtual void ended_others(std::size_t /*freed*/) {}
    virtual void dispossessed() {}
    virtual void shares_drawn(const redemption::account_demand& /*of*/, double /*sum*/) {}
    virtual void not_ours(const redemption::redemption_id& /*id*/) {}
    virtual void not_its_turn(const redemption::redemption_id& /*id*/) {}
    virtual void word_left() {}
    virtual void turns_seen(std::size_t /*ended*/, std::size_t /*turns*/) {}
    virtual void accepted(
        const redemption::record& /*wish*/, const redemption::accept_outcome& /*outcome*/
    ) {}
};

}  // namespace gateway::simulation
