#pragma once

#include <cstdint>
#include <vector>

namespace gateway::redemption {

// Names one redemption at work to the queues in which it waits: unique in this process, never used
// for a second one.
enum class waiter_id : std::uint64_t { none = 0 };

// Redemptions that may have become ready. The engine notifies each, and each looks for itself; an
// id twice, or of a redemption that does not wait, does no harm. Empty, it holds no memory.
using waiter_ids = std::vector<waiter_id>;

}  // namespace gateway::redemption
