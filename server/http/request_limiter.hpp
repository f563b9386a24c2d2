#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <variant>

#include "handlers/handler.hpp"

namespace gateway::server {

// Bounds how many requests of one listener are worked on at once. Of several callers, one alone
// gets three quarters at most, so that it can't shut out the others. Loop thread only; outlives its
// permits.
class request_limiter {
public:
    request_limiter(std::size_t most, bool several_callers)
        : most_(most), share_(several_callers ? most - most / 4 : most) {}
    request_limiter(const request_limiter&) = delete;
    request_limiter& operator=(const request_limiter&) = delete;

    // Held from before a request's handler begins until it has answered, but not while the answer
    // is written: a slow reader keeps no permit from others.
    class permit {
    public:
        permit(request_limiter& of, std::size_t& of_caller);
        permit(permit&& other) noexcept
            : of_(std::exchange(other.of_, nullptr)), of_caller_(other.of_caller_) {}
        permit& operator=(permit&&) = delete;
        ~permit();

    private:
        request_limiter* of_;
        std::size_t* of_caller_;
    };

    // A permit, or the reason of the refusal: "in_flight" or "caller_share". `caller` outlives this
    // object.
    std::variant<permit, base::fixed_text> try_acquire(const handlers::caller_identity& caller);
    std::size_t size() const noexcept { return size_; }
    // More than a quarter of the permits are held; requests are refused only much later.
    bool scarce() const noexcept { return size_ > most_ / 4; }

private:
    std::size_t most_;
    std::size_t share_;
    std::size_t size_ = 0;
    std::map<const handlers::caller_identity*, std::size_t, std::less<>> by_caller_;
};

}  // namespace gateway::server
