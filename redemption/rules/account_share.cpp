// An account's limits among several processes.
#include <algorithm>
#include <cmath>
#include <utility>

#include "redemption/rules/account_admission.hpp"

namespace gateway::redemption {

waiter_ids account_admission::share(double per_second, time now) {
    if (per_second == rate_.per_second()) {
        return {};
    }
    rate_.set_rate(per_second, now);
    const auto part = per_second / limits_.requests_per_second;
    const auto permits = std::ceil(static_cast<double>(limits_.in_flight) * part);
    most_in_flight_ = std::max<std::size_t>(1, static_cast<std::size_t>(permits));
    return first_if(true);
}

// A thousandth of the rate is what rounding leaves of the others' shares, which the database keeps
// as floats.
bool account_admission::has_share() const noexcept {
    return rate_.per_second() * 1000 >= limits_.requests_per_second;
}

double account_admission::demand(time now) {
    const base::token_bucket::span since = now - demand_since_;
    const auto permitted = static_cast<double>(std::exchange(permitted_, 0));
    demand_since_ = now;
    return permitted / std::max(since.count(), 1.0) + static_cast<double>(queue_.waiting());
}

}  // namespace gateway::redemption
