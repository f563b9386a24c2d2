#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "journal/postgres/jobs.hpp"

namespace gateway::journal::postgres {

// A confirmed write about one redemption, as it can be run again.
struct kept_acceptance {
    redemption::record wish;
    std::optional<redemption::attempt> first;
};
struct kept_restart {
    redemption::record wish;
    std::optional<redemption::attempt> first;
};
struct kept_record {
    redemption::record taken;  // as another process left it
};
struct kept_start {
    redemption::redemption_id id;
    redemption::attempt started;
};
struct kept_settlement {
    redemption::settlement what;
};
struct kept_decision {
    redemption::settlement what;
    redemption::time_point seen;
};
using kept_step = std::
    variant<kept_acceptance, kept_restart, kept_record, kept_start, kept_settlement, kept_decision>;

// The least that the database must show of a redemption after its kept steps.
struct expected_state {
    redemption::redemption_id id;
    std::int32_t started = 0;          // the number of the last attempt begun; 0: none is known
    std::optional<std::string> ended;  // JSON array that its attempts contain; the last that ended
    std::optional<redemption::time_point> changed_at;  // updated_at, or a later one
};

// The newest writes of this process that the database has confirmed, so that those that a new
// primary lacks are found and written again (docs/journal-postgres.md, Failover). It holds the
// steps of redemptions that are open here, and for a minute those of others; the oldest go first
// when it is full. Thread of the writer.
class confirmed_tail {
public:
    static constexpr std::chrono::seconds kept_for{60};
    static constexpr std::size_t max_bytes = std::size_t{32} << 20U;

    explicit confirmed_tail(std::size_t most_bytes = max_bytes) : most_bytes_(most_bytes) {}

    // Takes what the job has written, by its answer; one that was refused is passed over.
    void note(const job& done, base::steady_time now);
    void took(const std::vector<redemption::record>& taken);
    void gave_back(const std::vector<redemption::redemption_id>& which);
    // Redemptions that were open here are another process's.
    void forget_open();

    bool empty() const noexcept { return entries_.empty(); }
    std::size_t size() const noexcept { return entries_.size(); }
    std::size_t bytes() const noexcept { return bytes_; }
    // Oldest first step first, so that orders keep their order.
    std::vector<redemption::redemption_id> ids() const;
    // The open ones.
    std::vector<redemption::redemption_id> open_ids() const;
    expected_state expected(const redemption::redemption_id& id) const;
    const std::vector<kept_step>& steps(const redemption::redemption_id& id) const;

private:
    using order = std::list<std::string>;
    struct entry {
        std::vector<kept_step> steps;
        expected_state expected;
        std::size_t bytes = 0;
        base::steady_time last{};
        std::uint64_t sequence = 0;  // of its first step
        bool open = false;           // pending, and this process works on it
        bool final = false;
        order::iterator place;  // in the list that `open` names
    };

    void note_one(const accept_job& of);
    void note_one(const restart_job& of);
    void note_one(const start_job& of);
    void note_one(const settle_job& of);
    void note_one(const decide_job& of);
    void note_one(const other_job&) {}
    template <class Step>
    void note_acceptance(
        const redemption::record& wish,
        const std::optional<redemption::attempt>& first,
        const reply<redemption::accept_outcome>& answer
    );
    entry& at(const redemption::redemption_id& id);
    void keep(const redemption::redemption_id& id, kept_step step, std::size_t bytes, bool open);
    void note_settlement(const redemption::settlement& what);
    void forget(const redemption::redemption_id& id);
    void forget_oldest(order& of);
    void prune(base::steady_time now);
    order& list_of(bool open) { return open ? open_ : closed_; }

    const std::size_t most_bytes_;
    std::unordered_map<std::string, entry> entries_;
    order open_;  // each by its last step, oldest first
    order closed_;
    std::size_t bytes_ = 0;
    std::uint64_t steps_so_far_ = 0;
    base::steady_time now_{};
};

}  // namespace gateway::journal::postgres
