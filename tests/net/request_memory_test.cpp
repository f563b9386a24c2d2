// What an incomplete request holds of the memory budget, and its eviction.
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "net/http_server.hpp"
#include "tests/support/run_coro.hpp"
#include "tests/support/scripted_stream.hpp"

namespace gateway::net {
namespace {

using kind = request_fault::kind;
using got = std::variant<http_request, request_fault>;

std::string post(std::size_t size, const std::string& more = {}) {
    return "POST / HTTP/1.1\r\nHost: x\r\n" + more + "Content-Length: " + std::to_string(size) +
           "\r\n\r\n" + std::string(size, 'x');
}

// The bytes of the budget that a connection holds after it has received `begun` and then no more.
std::size_t held_by(std::vector<std::string> begun) {
    support::wire_script script;
    script.reads = std::move(begun);
    support::scripted_stream stream(script);
    memory_budget memory(1'000'000);
    std::size_t most = 0;
    support::run_coro([&](asio::any_io_executor) -> asio::awaitable<void> {
        request_reader reader(stream, &memory);
        stream.before_end([&]() -> asio::awaitable<void> {
            most = memory.used();
            co_return;
        });
        const got read = co_await reader.read({});
        EXPECT_TRUE(std::holds_alternative<request_fault>(read));
        EXPECT_EQ(memory.used(), 0U) << "a refused request holds nothing";
    });
    return most;
}

TEST(RequestMemory, CountsAllThatAnIncompleteRequestHolds) {
    constexpr std::size_t free = 8 * 1024;
    const std::string line = "POST / HTTP/1.1\r\nHost: x\r\n";
    const std::string long_field = "X: " + std::string(15'000, 'a') + "\r\n";
    struct row {
        const char* name;
        std::vector<std::string> begun;
        std::size_t least;
        std::size_t most;
    };
    const row rows[] = {
        {"nothing", {}, 0, 0},
        {"a usual head", {line + "X: " + std::string(1'000, 'a')}, 0, 0},
        {"a usual body", {post(4'000).substr(0, 3'000)}, 0, 0},
        {"a large head", {line + long_field}, 15'000 - free, 18'000 - free},
        // Parsed text is freed.
        {"a large head that is complete",
         {line + long_field + "Content-Length: 9\r\n\r\nx"},
         15'000 - free,
         19'000 - free},
        {"many fields",
         {line +
          [] {
              std::string fields;
              for (int i = 0; i < 100; ++i) {
                  fields += "a:\r\n";
              }
              return fields + "Content-Length: 9\r\n\r\nx";
          }()},
         100,
         10'000},
        {"a large body", {post(100'000).substr(0, 90'000)}, 90'000 - free, 200'000},
        {"a chunk extension",
         {line + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(4'000, 'a')},
         0,
         1'000},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto held = held_by(row.begun);
        EXPECT_GE(held, row.least);
        EXPECT_LE(held, row.most);
    }
}

TEST(RequestMemory, IsHeldUntilTheRequestIsDone) {
    support::wire_script script;
    script.reads = {post(100'000), post(4'000), post(100'000)};
    support::scripted_stream stream(script);
    memory_budget memory(250'000);
    support::run_coro([&](asio::any_io_executor) -> asio::awaitable<void> {
        request_reader reader(stream, &memory);
        got read = co_await reader.read({});
        EXPECT_EQ(std::get<http_request>(read).body.size(), 100'000U);
        EXPECT_GE(memory.used(), 90'000U);
        reader.request_done();
        EXPECT_EQ(memory.used(), 0U);
        read = co_await reader.read({});
        EXPECT_EQ(std::get<http_request>(read).body.size(), 4'000U);
        EXPECT_EQ(memory.used(), 0U);
        // A holder at work is not evicted.
        memory_budget::share others(memory, [] {});
        EXPECT_TRUE(others.resize(200'000));
        read = co_await reader.read({});
        const auto* fault = std::get_if<request_fault>(&read);
        EXPECT_TRUE(fault != nullptr && fault->what == kind::saturated);
    });
    EXPECT_EQ(memory.used(), 0U);
}

TEST(RequestMemory, TheSlowestRequestIsEvictedForTheNext) {
    support::wire_script slow;
    slow.reads = {post(100'000).substr(0, 60'000)};
    support::scripted_stream first(slow);
    support::wire_script quick;
    quick.reads = {post(100'000)};
    support::scripted_stream second(quick);
    memory_budget memory(150'000);
    support::run_coro([&](asio::any_io_executor) -> asio::awaitable<void> {
        request_reader late(second, &memory);
        bool read_late = false;
        // The second is read while the first waits for bytes.
        first.before_end([&]() -> asio::awaitable<void> {
            const got read = co_await late.read({});
            read_late = std::holds_alternative<http_request>(read);
        });
        request_reader early(first, &memory);
        const got read = co_await early.read({});
        const auto* fault = std::get_if<request_fault>(&read);
        EXPECT_TRUE(fault != nullptr && fault->what == kind::closed);
        EXPECT_TRUE(first.closed());
        EXPECT_TRUE(read_late);
    });
}

TEST(RequestMemory, NoRequestHasMoreThan128Fields) {
    for (const int fields : {127, 128}) {
        std::string raw = "GET / HTTP/1.1\r\nHost: x\r\n";
        for (int i = 0; i < fields; ++i) {
            raw += "a:\r\n";
        }
        support::wire_script script;
        script.reads = {raw + "\r\n"};
        support::scripted_stream stream(script);
        support::run_coro([&](asio::any_io_executor) -> asio::awaitable<void> {
            request_reader reader(stream);
            const got read = co_await reader.read({});
            const auto* fault = std::get_if<request_fault>(&read);
            EXPECT_EQ(fault ? fault->status : 200U, fields == 127 ? 200U : 431U);
        });
    }
}

TEST(RequestMemory, NoBufferIsHeldBetweenTwoRequests) {
    const std::string request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    support::wire_script script;
    script.reads = {request, request};
    support::scripted_stream stream(script);
    std::size_t read_before_the_end = 0;
    stream.before_end([&]() -> asio::awaitable<void> {
        read_before_the_end = stream.reads_begun();
        co_return;
    });
    support::run_coro([&](asio::any_io_executor) -> asio::awaitable<void> {
        request_reader reader(stream);
        for (int i = 0; i < 2; ++i) {
            const got read = co_await reader.read({});
            EXPECT_TRUE(std::holds_alternative<http_request>(read));
        }
        const got end = co_await reader.read({});
        EXPECT_TRUE(std::holds_alternative<request_fault>(end));
    });
    EXPECT_EQ(read_before_the_end, 2U) << "a read with a buffer was pending";
}

}  // namespace
}  // namespace gateway::net
