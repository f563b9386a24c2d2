#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <variant>

#include "handlers/handler.hpp"

namespace gateway::server {

// How many requests of one listener are worked on at once. Of several callers, one alone gets three
// quarters at most, so that it can't shut out the others. Loop thread only; outlives its turns.
class in_flight {
public:
    in_flight(std::size_t most, bool several_callers)
        : most_(most), share_(several_callers ? most - most / 4 : most) {}
    in_flight(const in_flight&) = delete;
    in_flight& operator=(const in_flight&) = delete;

    // A request at work; held from before its handler begins until that has answered, but not while
    // the answer is written: the place is for those who use the gateway, not for slow readers.
    class turn {
    public:
        turn(in_flight& all, std::size_t& of_caller);
        turn(turn&& other) noexcept
            : all_(std::exchange(other.all_, nullptr)), of_caller_(other.of_caller_) {}
        turn& operator=(turn&&) = delete;
        ~turn();

    private:
        in_flight* all_;
        std::size_t* of_caller_;
    };

    // Or the reason why not, in a word. `who` outlives this object.
    std::variant<turn, std::string_view> enter(const handlers::caller_identity& who);
    std::size_t size() const noexcept { return size_; }
    // More than a quarter of the places are taken: well before a caller is told not to wait, or to
    // come again.
    bool scarce() const noexcept { return size_ > most_ / 4; }

private:
    std::size_t most_;
    std::size_t share_;
    std::size_t size_ = 0;
    std::map<const handlers::caller_identity*, std::size_t, std::less<>> by_caller_;
};

}  // namespace gateway::server
