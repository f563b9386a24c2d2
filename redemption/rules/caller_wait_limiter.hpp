#pragma once

#include <cstddef>
#include <map>

#include "redemption/model.hpp"

namespace gateway::redemption {

// How many callers wait for redemptions of which account. Once many wait, each account has a share:
// the callers of one whose platform stalls are told what is so far (202), so that those of the
// others find the server with places left. Loop thread only.
class waiting_room {
public:
    // Of several accounts: half of `most`, whoever they wait for, and a quarter shared out among
    // the accounts.
    waiting_room(std::size_t most, std::size_t accounts);

    // False: it must not wait. Who entered must call left(); nothing is given back by itself, as a
    // caller's coroutine may be destroyed after this.
    bool enter(const account_name& account);
    void left(const account_name& account);

private:
    std::size_t room_;
    std::size_t share_;
    std::size_t all_ = 0;
    std::map<account_name, std::size_t> by_account_;
};

}  // namespace gateway::redemption
