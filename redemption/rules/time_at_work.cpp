#include "redemption/rules/time_at_work.hpp"

#include <algorithm>

namespace gateway::redemption {

using std::chrono::milliseconds;

time_at_work begun(const record& what, std::chrono::steady_clock::time_point now) {
    return {.deadline = now + what.lifetime, .since = now};
}

time_at_work picked_up(const record& what, moment now) {
    const auto went_to_work = what.expires_at - what.lifetime;
    return {
        .deadline =
            now.steady + std::clamp(what.expires_at - now.wall, milliseconds(0), what.lifetime),
        .since = now.steady,
        .before = std::max(milliseconds(0), now.wall - went_to_work),
    };
}

}  // namespace gateway::redemption
