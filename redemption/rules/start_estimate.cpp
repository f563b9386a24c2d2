#include "redemption/rules/start_estimate.hpp"

#include <algorithm>

namespace gateway::redemption {
namespace {

using time = std::chrono::steady_clock::time_point;
using seconds = std::chrono::duration<double>;

}  // namespace

time last_in_line(supply of, std::vector<crowd> ahead, time own, time now) {
    std::erase_if(ahead, [own](const crowd& one) { return one.from > own; });
    std::sort(ahead.begin(), ahead.end(), [](const crowd& a, const crowd& b) {
        return a.from < b.from;
    });
    // What is ready may fall below zero: taken on credit, paid back by what comes.
    auto pass_until = [&, at = now](time then) mutable {
        of.ready = std::min(of.most, of.ready + seconds(then - at).count() * of.per_second);
        at = then;
    };
    for (const auto& one : ahead) {
        pass_until(std::max(now, one.from));
        of.ready -= static_cast<double>(one.size);
    }
    const auto earliest = std::max(now, own);
    pass_until(earliest);
    const double missing = 1 - of.ready;
    if (missing <= 0) {
        return earliest;
    }
    return earliest +
           std::chrono::ceil<std::chrono::milliseconds>(seconds(missing / of.per_second));
}

}  // namespace gateway::redemption
