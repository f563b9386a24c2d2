#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "redemption/model.hpp"
#include "redemption/rules/account_ticket.hpp"
#include "redemption/rules/method_gate.hpp"
#include "redemption/rules/start_estimate.hpp"

namespace gateway::redemption {

// A platform's demand to leave one method of an account alone.
struct method_ban {
    method_name method;
    std::chrono::steady_clock::time_point until;
    std::optional<std::chrono::steady_clock::time_point> next_trial;  // of a doubted one
};

// Redemptions that will want a permit of one account: a FIFO per method, each behind a gate of its
// own, because a ban or a method's fault blocks one method only (docs/redemption-rules.md, Bans,
// Account faults). Their order is that of arrival, and a redemption
// keeps its arrival through its backoff, so that the estimates of newcomers hold. Pure policy:
// time is an argument.
class account_queue {
public:
    using time = std::chrono::steady_clock::time_point;

    // The redemption will want a permit, whatever it waits for now (idempotent).
    void join(account_ticket& ticket, const method_name& method);
    // Having joined, it counts as waiting until it leaves (idempotent).
    void count(account_ticket& ticket);
    // Having joined, it asked for its permit and is queued for it (idempotent).
    void ask(account_ticket& ticket);
    // The redemption can't use a permit just now (idempotent). True if it was the first of its FIFO
    // to ask, or the first that is safe to repeat: the turn of another may have come.
    bool yield_position(account_ticket& ticket);
    // The redemption got its permit or gave up, and keeps its arrival (idempotent). True as above.
    bool leave(account_ticket& ticket);
    // The redemption gave up for good: should it join again, it arrives anew. True as above.
    bool cancel_wait(account_ticket& ticket);
    // If another redemption, of its method or of any, asked and may get a permit before it, it asks
    // as the last to arrive. True as above.
    bool let_others_pass(account_ticket& ticket, bool of_any_method, time now);
    // Should the redemption, which has left, join again, then behind all others.
    static void forget_arrival(account_ticket& ticket) noexcept { ticket.arrival_ = 0; }

    // Which redemptions may get the next permit.
    enum class lane : std::uint8_t {
        all,
        safe_first,  // redemptions that are safe to repeat before the others
        safe_only,
    };
    // No redemption that asked comes before it: by arrival, in that lane, past closed gates.
    bool has_turn(const account_ticket& ticket, time now, lane which = lane::all) const;
    // How many of such redemptions there are.
    std::size_t asking_before(const account_ticket& ticket, time now) const;
    // The first to ask of each method, and the first that is safe to repeat: one of them is the
    // next to get a permit.
    waiter_ids first_of_each() const;

    method_gate& gate(const method_name& method) { return fifos_[index_of(method)].gate; }
    // None: no redemption of the method ever came.
    const method_gate* find_gate(const method_name& method) const;
    std::optional<time> banned_until(const method_name& method, time now) const;
    std::vector<method_ban> bans(time now) const;
    template <class Visit>
    void for_each_gate(Visit visit) {
        for (auto& fifo : fifos_) {
            visit(fifo.method, fifo.gate);
        }
    }
    template <class Visit>
    void for_each_gate(Visit visit) const {
        for (const auto& fifo : fifos_) {
            visit(fifo.method, fifo.gate);
        }
    }

    // Redemptions that count as waiting.
    std::size_t waiting() const noexcept;
    // The same, but for those behind the ban or the pause of another method than this.
    std::size_t waiting_beside(const method_name& method, time now) const;
    // Redemptions that will want a permit, by the end of their method's ban; those behind the pause
    // of another method than this are left out.
    std::vector<queued_group> groups(const method_name& method, time now) const;

private:
    struct asking {
        std::uint64_t arrival = 0;
        waiter_id who = waiter_id::none;
        bool replay_safe = true;
    };
    struct method_fifo {
        method_name method;
        method_gate gate;
        std::size_t waiting = 0;   // tickets that count
        std::size_t size = 0;      // tickets that joined
        std::deque<asking> asked;  // in order of arrival
    };

    const method_fifo* find(const method_name& method) const;
    std::size_t index_of(const method_name& method);
    static std::size_t position_in(const method_fifo& fifo, const account_ticket& ticket);
    static const asking* first_safe(const method_fifo& fifo);

    // One per method ever seen, which are few: none is removed, so that an index stays good and a
    // redemption that meets nobody allocates nothing.
    std::vector<method_fifo> fifos_;
    std::uint64_t arrivals_ = 0;
};

}  // namespace gateway::redemption
