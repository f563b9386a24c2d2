#include "net/tcp_stream.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <variant>

#include "net/http_server.hpp"
#include "tests/net/loopback.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::net {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

asio::awaitable<std::string> read_text(byte_stream& stream) {
    std::string text(100, '\0');
    const io_result got = co_await stream.read_some(asio::buffer(text));
    text.resize(got.bytes);
    co_return got.error ? got.error.message() : text;
}

TEST(TcpStream, CarriesBytesBothWays) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        stream_pair pair = co_await connected_pair(loop);
        co_await pair.client->write_all(asio::buffer("ping", 4));
        const std::string got = co_await read_text(*pair.server);
        EXPECT_EQ(got, "ping");
        EXPECT_EQ(pair.server->remote_address().substr(0, 10), "127.0.0.1:");
        pair.server->close();
        const std::string end = co_await read_text(*pair.client);
        EXPECT_EQ(end, "End of file");
    });
}

TEST(TcpStream, EndsAReadAtTheDeadlineAndCanBeUsedAgain) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        stream_pair pair = co_await connected_pair(loop);
        const auto start = clock::now();
        // A later deadline first: the earlier one must restart the pending timer.
        pair.server->expires_at(start + 1h);
        pair.server->expires_at(start + 20ms);
        char byte = 0;
        io_result got = co_await pair.server->read_some(asio::buffer(&byte, 1));
        EXPECT_EQ(got.error, asio::error::timed_out);
        EXPECT_GE(clock::now() - start, 20ms);

        pair.server->expires_at(clock::now() + 5s);
        got = co_await pair.server->write_all(asio::buffer("late", 4));
        EXPECT_FALSE(got.error);
        const std::string answer = co_await read_text(*pair.client);
        EXPECT_EQ(answer, "late");
    });
}

TEST(TcpStream, KeepsADeadlineThatWasMovedLater) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        stream_pair pair = co_await connected_pair(loop);
        const auto start = clock::now();
        pair.server->expires_at(start + 10ms);
        pair.server->expires_at(start + 60ms);
        char byte = 0;
        const io_result got = co_await pair.server->read_some(asio::buffer(&byte, 1));
        EXPECT_EQ(got.error, asio::error::timed_out);
        EXPECT_GE(clock::now() - start, 60ms);
    });
}

TEST(TcpStream, RefusesToBeginAfterTheDeadline) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        stream_pair pair = co_await connected_pair(loop);
        pair.client->expires_at(clock::now() - 1ms);
        const io_result sent = co_await pair.client->write_all(asio::buffer("x", 1));
        EXPECT_EQ(sent.error, asio::error::timed_out);
        EXPECT_EQ(sent.bytes, 0u);
    });
}

TEST(TcpStream, CountsTheBytesAcceptedBeforeAWriteFailed) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        stream_pair pair = co_await connected_pair(loop);
        const std::string large(64 * 1024 * 1024, 'x');
        pair.client->expires_at(clock::now() + 50ms);
        const io_result sent = co_await pair.client->write_all(asio::buffer(large));
        EXPECT_EQ(sent.error, asio::error::timed_out);
        EXPECT_GT(sent.bytes, 0u);
        EXPECT_LT(sent.bytes, large.size());
    });
}

TEST(TcpStream, WritesEverythingToASlowReader) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        stream_pair pair = co_await connected_pair(loop);
        base::task_group group(loop, [](const std::exception& e) { ADD_FAILURE() << e.what(); });
        std::size_t received = 0;
        const auto drain = [&](byte_stream& from) -> asio::awaitable<void> {
            std::string buffer(100'000, '\0');
            io_result got;
            while (!got.error) {
                got = co_await from.read_some(asio::buffer(buffer));
                received += got.bytes;
            }
        };
        group.spawn(drain(*pair.server));
        const std::string large(20'000'000, 'x');
        const io_result sent = co_await pair.client->write_all(asio::buffer(large));
        EXPECT_FALSE(sent.error);
        EXPECT_EQ(sent.bytes, large.size());
        pair.client->close();
        co_await group.wait_empty(clock::now() + 5s);
        EXPECT_EQ(received, large.size());
    });
}

asio::awaitable<void> note_end(byte_stream& stream, error_code& error) {
    char byte = 0;
    const io_result got = co_await stream.read_some(asio::buffer(&byte, 1));
    error = got.error;
}

TEST(TcpStream, EndsAPendingReadWhenClosed) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        stream_pair pair = co_await connected_pair(loop);
        base::task_group group(loop, [](const std::exception& e) { ADD_FAILURE() << e.what(); });
        error_code error;
        group.spawn(note_end(*pair.server, error));
        co_await asio::post(asio::use_awaitable);
        pair.server->close();
        co_await group.wait_empty(clock::now() + 5s);
        EXPECT_EQ(error, asio::error::operation_aborted);
    });
}

TEST(TcpStream, KnowsWhenAnIdleConnectionIsNotQuiet) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        stream_pair talks = co_await connected_pair(loop);
        EXPECT_TRUE(talks.client->quiet());
        co_await talks.server->write_all(asio::buffer("x", 1));
        EXPECT_FALSE(talks.client->quiet());
        const std::string unread = co_await read_text(*talks.client);
        EXPECT_EQ(unread, "x") << "looking consumed nothing";

        stream_pair leaves = co_await connected_pair(loop);
        leaves.server->close();
        EXPECT_FALSE(leaves.client->quiet());

        stream_pair breaks = co_await connected_pair(loop);
        breaks.server->reset();
        EXPECT_FALSE(breaks.client->quiet());
    });
}

TEST(TcpStream, SendsATcpResetOnRequest) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        stream_pair pair = co_await connected_pair(loop);
        pair.server->reset();
        const std::string end = co_await read_text(*pair.client);
        EXPECT_EQ(end, "Connection reset by peer");
    });
}

asio::awaitable<void> say_goodbye(byte_stream& stream) {
    co_await stream.write_all(asio::buffer("answer", 6));
    co_await stream.shutdown();
}

// Closing with unread input would reset the connection and could destroy the answer.
TEST(TcpStream, ShutsDownWithoutLosingTheAnswerToUnreadInput) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        stream_pair pair = co_await connected_pair(loop);
        base::task_group group(loop, [](const std::exception& e) { ADD_FAILURE() << e.what(); });
        const std::string unread(100'000, 'x');
        co_await pair.client->write_all(asio::buffer(unread));
        group.spawn(say_goodbye(*pair.server));
        const std::string answer = co_await read_text(*pair.client);
        EXPECT_EQ(answer, "answer");
        const std::string end = co_await read_text(*pair.client);
        EXPECT_EQ(end, "End of file");
        pair.client->close();
        co_await group.wait_empty(clock::now() + 5s);
    });
}

// The timeouts of the request reader over a real socket.
struct slow_row {
    std::string name;
    std::string sent;
    unsigned status;
    std::string detail;
};

TEST(RequestReader, AppliesATimeoutToEachPartOfARequest) {
    const std::vector<slow_row> rows = {
        {"idle", "", 0, ""},
        {"header", "GET / HTTP/1.1\r\nHo", 408, "header did not arrive"},
        {"body",
         "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab",
         408,
         "body did not arrive"},
    };
    for (const slow_row& row : rows) {
        SCOPED_TRACE(row.name);
        support::run_coro([&](asio::any_io_executor loop) -> asio::awaitable<void> {
            stream_pair pair = co_await connected_pair(loop);
            co_await pair.client->write_all(asio::buffer(row.sent));
            request_reader reader(*pair.server);
            request_limits limits;
            limits.idle = row.name == "idle" ? 20ms : 1h;
            limits.header = row.name == "header" ? 20ms : 1h;
            limits.body = row.name == "body" ? 20ms : 1h;
            const auto got = co_await reader.read(limits);
            const auto* fault = std::get_if<request_fault>(&got);
            EXPECT_TRUE(fault);
            if (fault == nullptr) {
                co_return;
            }
            EXPECT_EQ(fault->status, row.status);
            EXPECT_NE(fault->detail.view().find(row.detail), std::string::npos);
            // The answer can still be written.
            http_response answer;
            answer.status = 408;
            const io_result written = co_await write_response(*pair.server, answer);
            EXPECT_FALSE(written.error);
            const std::string received = co_await read_text(*pair.client);
            EXPECT_EQ(received.substr(0, 12), "HTTP/1.1 408");
        });
    }
}

}  // namespace
}  // namespace gateway::net
