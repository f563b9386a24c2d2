#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "redemption/model.hpp"

namespace gateway::redemption {

// How many callers wait for redemptions of which account. Once many wait, each account has a share:
// the callers of one whose platform stalls are told what is so far (202), so that those of the
// others find the server with places left. Loop thread only; outlives its seats.
class waiting_room {
public:
    // Of several accounts: half of `most`, whoever they wait for, and a quarter shared out among
    // the accounts.
    waiting_room(std::size_t most, std::size_t accounts);
    waiting_room(const waiting_room&) = delete;
    waiting_room& operator=(const waiting_room&) = delete;

    // One caller's wait.
    class seat {
    public:
        seat(std::size_t& all, std::size_t& own) : all_(&all), own_(&own) {
            ++*all_;
            ++*own_;
        }
        seat(seat&& other) noexcept : all_(std::exchange(other.all_, nullptr)), own_(other.own_) {}
        seat& operator=(seat&&) = delete;
        ~seat() {
            if (all_ != nullptr) {
                --*all_;
                --*own_;
            }
        }

    private:
        std::size_t* all_;
        std::size_t* own_;
    };

    // Nothing: it must not wait.
    std::optional<seat> enter(const account_name& account);

private:
    std::size_t room_;
    std::size_t share_;
    std::size_t all_ = 0;
    std::map<account_name, std::size_t> by_account_;
};

}  // namespace gateway::redemption
