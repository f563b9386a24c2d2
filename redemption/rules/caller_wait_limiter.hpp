#pragma once

#include <cstddef>
#include <map>

#include "redemption/model.hpp"

namespace gateway::redemption {

// Limits how many callers wait at once. When many wait, each account has a share: callers of an
// account whose platform stalls are answered at once with the state so far (202), so that the
// server has capacity left for the others' callers. Loop thread only.
class caller_wait_limiter {
public:
    // Of several accounts: half of `most` for all of them, and a quarter split evenly among them.
    caller_wait_limiter(std::size_t most, std::size_t accounts);

    // False: the caller must not wait. After true, release() must follow; nothing is given back by
    // itself, as a caller's coroutine may be destroyed after this object.
    bool try_acquire(const account_name& account);
    void release(const account_name& account);

private:
    std::size_t shared_;
    std::size_t share_;
    std::size_t all_ = 0;
    std::map<account_name, std::size_t> by_account_;
};

}  // namespace gateway::redemption
