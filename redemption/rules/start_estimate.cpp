#include "redemption/rules/start_estimate.hpp"

#include <algorithm>

namespace gateway::redemption {
namespace {

using time = std::chrono::steady_clock::time_point;
using seconds = std::chrono::duration<double>;

}  // namespace

time start_behind(
    std::vector<queued_group> ahead, replenishing_capacity capacity, time own, time now
) {
    std::erase_if(ahead, [own](const queued_group& one) { return one.from > own; });
    std::sort(ahead.begin(), ahead.end(), [](const queued_group& a, const queued_group& b) {
        return a.from < b.from;
    });
    // `ready` may fall below zero: units are taken on credit and paid back as capacity comes back.
    auto pass_until = [&, at = now](time then) mutable {
        capacity.ready = std::min(
            capacity.most, capacity.ready + seconds(then - at).count() * capacity.per_second
        );
        at = then;
    };
    for (const auto& one : ahead) {
        pass_until(std::max(now, one.from));
        capacity.ready -= static_cast<double>(one.size);
    }
    const auto earliest = std::max(now, own);
    pass_until(earliest);
    const double missing = 1 - capacity.ready;
    if (missing <= 0) {
        return earliest;
    }
    return earliest +
           std::chrono::ceil<std::chrono::milliseconds>(seconds(missing / capacity.per_second));
}

}  // namespace gateway::redemption
