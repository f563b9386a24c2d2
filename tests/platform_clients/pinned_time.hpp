#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.hpp"

namespace gateway::platform_clients::testing {

// A loop with the machine's steady clock and a wall clock that never moves, for what is signed with
// the time and for certificates.
class pinned_time final : public base::runtime {
public:
    explicit pinned_time(std::chrono::system_clock::time_point wall) : wall_(wall) {}

    base::steady_time now() const noexcept override { return machine_.now(); }
    std::chrono::system_clock::time_point precise_wall_now() const noexcept override {
        return wall_;
    }
    std::uint64_t random_bits() override { return machine_.random_bits(); }
    boost::asio::any_io_executor executor() const override { return machine_.executor(); }
    std::unique_ptr<base::timer> make_timer() override { return machine_.make_timer(); }

    // Runs an awaitable to its end on the loop.
    template <class T>
    T run(boost::asio::awaitable<T> work) {
        std::optional<T> result;
        boost::asio::co_spawn(loop_, std::move(work), [&](std::exception_ptr escaped, T value) {
            EXPECT_FALSE(escaped) << "an exception escaped";
            result = std::move(value);
        });
        loop_.restart();
        loop_.run_for(std::chrono::seconds(10));
        EXPECT_TRUE(result) << "the coroutine did not end within 10 s";
        return result ? std::move(*result) : T{};
    }

private:
    std::chrono::system_clock::time_point wall_;
    boost::asio::io_context loop_{1};
    base::system_runtime machine_{loop_.get_executor()};
};

}  // namespace gateway::platform_clients::testing
