#include "redemption/rules/journal_time.hpp"

#include <algorithm>

namespace gateway::redemption {
namespace {

using std::chrono::hours;

// Clocks that are corrected, and a gateway that was stopped overnight, differ by less.
constexpr hours far_ahead{24};
// A clock that has been ahead for so long is set right, unless nobody reads the log.
constexpr hours believed_after{24};

}  // namespace

journal_time::journal_time(
    std::optional<time_point> newest, time_point wall, base::steady_time now
) noexcept
    : seen_(newest ? std::min(*newest, wall) : wall), seen_at_(now) {}

std::optional<time_point> journal_time::at(
    time_point wall, std::optional<time_point> newest, base::steady_time now
) noexcept {
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - seen_at_);
    const time_point seen = seen_ + passed;
    if (wall <= seen + far_ahead) {
        ahead_since_.reset();
        return std::min(wall, seen);
    }
    if (!ahead_since_) {
        ahead_since_ = now;
    }
    const bool confirmed = newest && *newest + far_ahead >= wall;
    if (!confirmed || now - *ahead_since_ < believed_after) {
        return std::nullopt;
    }
    seen_ = std::min(wall, *newest);
    seen_at_ = now;
    ahead_since_.reset();
    return seen_;
}

}  // namespace gateway::redemption
