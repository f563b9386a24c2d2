#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace gateway::redemption {

// The place of a process among those on its journal; counts are since its start.
struct replica_standing {
    std::size_t replicas = 0;                // that have not ended, this one included
    std::chrono::nanoseconds lease_left{0};  // until which it may send; 0: it sends nothing
    std::chrono::nanoseconds renewal{0};     // how long the last renewal of the lease took
    std::uint64_t lives_lost = 0;            // how often others ended it
    std::uint64_t ended = 0;                 // other processes that it ended
    std::uint64_t taken = 0;                 // redemptions that it took to work on
    std::uint64_t given_back = 0;            // redemptions that it left to others
};

}  // namespace gateway::redemption
