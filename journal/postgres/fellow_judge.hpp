#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace gateway::journal::postgres {

// A process as its row tells: its number, and how often it has renewed its lease.
struct sighting {
    std::int64_t replica = 0;
    std::int64_t renewals = 0;
    friend bool operator==(const sighting&, const sighting&) = default;
};

// Decides which other processes are gone: those whose renewals have stood still for a lease as this
// process's own clock measures it, without a gap in its own looking (docs/journal-postgres.md,
// Leases). Clocks are so never compared, and an outage of the database, in which nobody could
// renew, ends nobody. A pure value: time is an argument, since the machine was booted.
class fellow_judge {
public:
    using time = std::chrono::nanoseconds;

    // A gap: looks further apart than `longest_pause`.
    fellow_judge(time lease, time longest_pause) : lease_(lease), longest_pause_(longest_pause) {}

    struct judgement {
        std::vector<sighting> gone;
        // Still there a lease after they were gone: a backend of theirs holds the row's lock.
        std::vector<sighting> hanging;
    };
    // What a look at `now` has seen; in the order of their numbers.
    judgement look(const std::vector<sighting>& alive, time now);

private:
    struct standing {
        std::int64_t renewals = 0;
        time since{};
    };

    const time lease_;
    const time longest_pause_;
    std::optional<time> last_look_;
    std::map<std::int64_t, standing> known_;
};

}  // namespace gateway::journal::postgres
