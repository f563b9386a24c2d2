#include "redemption/rules/caller_wait_limiter.hpp"

#include <algorithm>

namespace gateway::redemption {

caller_wait_limiter::caller_wait_limiter(std::size_t most, std::size_t accounts)
    : shared_(accounts > 1 ? most - most / 4 * 2 : most),
      share_(std::max<std::size_t>(1, accounts > 1 ? most / 4 / accounts : most)) {}

bool caller_wait_limiter::try_acquire(const account_name& account) {
    auto& own = by_account_[account];
    if (all_ >= shared_ && own >= share_) {
        return false;
    }
    ++all_;
    ++own;
    return true;
}

void caller_wait_limiter::release(const account_name& account) {
    --all_;
    --by_account_.at(account);
}

}  // namespace gateway::redemption
