#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <type_traits>

#include "net/byte_stream.hpp"

namespace gateway::support {

namespace asio = boost::asio;

// Runs `make(executor)`, an awaitable, to its end on a loop of its own and returns its value. Fails
// the test if an exception escapes or if the loop still has work at `limit`. `make`
// lives until then, so a capturing lambda is fine; EXPECT_* only, no ASSERT_* inside. The value
// type must be default-constructible.
template <typename Make>
auto run_coro(const Make& make, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    asio::io_context loop(1);
    using awaitable = std::invoke_result_t<const Make&, asio::any_io_executor>;
    using value = typename awaitable::value_type;
    std::exception_ptr escaped;
    bool finished = false;

    const auto run_out = [&] {
        loop.run_for(limit);
        EXPECT_TRUE(finished) << "the coroutine did not end within " << limit.count() << " ms";
        EXPECT_TRUE(loop.stopped()) << "work was left on the loop";
        if (escaped) {
            try {
                std::rethrow_exception(escaped);
            } catch (const std::exception& e) {
                ADD_FAILURE() << "an exception escaped: " << e.what();
            }
        }
    };
    if constexpr (std::is_void_v<value>) {
        asio::co_spawn(loop, make(loop.get_executor()), [&](std::exception_ptr e) {
            escaped = e;
            finished = true;
        });
        run_out();
    } else {
        value result{};
        asio::co_spawn(loop, make(loop.get_executor()), [&](std::exception_ptr e, value got) {
            escaped = e;
            result = std::move(got);
            finished = true;
        });
        run_out();
        return result;
    }
}

}  // namespace gateway::support
