#include "redemption/rules/caller_wait_limiter.hpp"

#include <algorithm>

namespace gateway::redemption {

waiting_room::waiting_room(std::size_t most, std::size_t accounts)
    : room_(accounts > 1 ? most - most / 4 * 2 : most),
      share_(std::max<std::size_t>(1, accounts > 1 ? most / 4 / accounts : most)) {}

bool waiting_room::enter(const account_name& account) {
    auto& own = by_account_[account];
    if (all_ >= room_ && own >= share_) {
        return false;
    }
    ++all_;
    ++own;
    return true;
}

void waiting_room::left(const account_name& account) {
    --all_;
    --by_account_.at(account);
}

}  // namespace gateway::redemption
