// Peers that are slow to send, slow to take an answer, or gone delay no other peer.
#include <gmock/gmock.h>

#include "tests/server/http_listener_fixture.hpp"

namespace gateway::server {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST_F(HttpListener, EvictsASlowSenderForANewConnection) {
    play(with_connections(1), [this](http_listener& listener) -> awaitable<void> {
        auto slow = co_await connect();
        co_await send(slow, "POST /quick HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na");
        co_await until([this] { return reported("opened") == 1; });
        co_await expect_newcomer_is_served();
        EXPECT_THAT(co_await next(slow), Not(StartsWith("HTTP/1.1 200")));
        listener.drain();
    });
    EXPECT_EQ(reported("evicted"), 1);
}

TEST_F(HttpListener, ClosesASlowReaderAtTheWriteTimeout) {
    config::server_settings limits;
    limits.write_timeout = std::chrono::milliseconds(200);
    play(limits, [this](http_listener& listener) -> awaitable<void> {
        auto slow = co_await connect();
        co_await ask(slow, "/huge");
        co_await until([this] { return reported("closed") == 1; });
        co_await expect_newcomer_is_served();
        listener.drain();
    });
}

TEST_F(HttpListener, ReturnsThePermitOfACallerThatHasHungUp) {
    for (const std::string behind : {"", "GET /quick HTTP/1.1\r\nHost: x\r\n\r\n"}) {
        play(with_in_flight(1), [this, behind](http_listener& listener) -> awaitable<void> {
            auto leaving = co_await connect();
            co_await send(leaving, "GET /long-poll HTTP/1.1\r\nHost: x\r\n\r\n" + behind);
            auto other = co_await connect();
            co_await refusal(other);
            leaving.close();
            co_await until([this] { return reported("GET /long-poll 200") == 1; });
            EXPECT_THAT(co_await get(other, "/quick"), StartsWith("HTTP/1.1 200"));
            listener.drain();
        });
        probe_.lines.clear();
    }
}

TEST_F(HttpListener, EndsTheWaitOfACallerThatHasHungUpWhateverIsScarce) {
    config::server_settings memory;
    memory.max_message_memory = std::size_t{32} * 1024;
    const struct {
        const char* what;
        config::server_settings limits;
        std::size_t body;
    } rows[] = {
        {"permits", with_in_flight(1), 0},
        {"connections", with_connections(1), 0},
        {"memory", memory, 30'000}
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.what);
        const auto size = row.body;
        play(row.limits, [this, size](http_listener& listener) -> awaitable<void> {
            auto leaving = co_await connect();
            co_await send(
                leaving,
                "GET /long-poll HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) +
                    "\r\n\r\n" + std::string(size, 'x')
            );
            leaving.close();
            co_await until([this] { return reported("GET /long-poll 200") == 1; });
            listener.drain();
        });
        probe_.lines.clear();
    }
}

TEST_F(HttpListener, AnswersAHalfClosedConnectionAtOnceWhenPermitsAreScarce) {
    play(with_in_flight(1), [this](http_listener& listener) -> awaitable<void> {
        auto half = co_await connect();
        co_await ask(half, "/long-poll");
        half.shutdown(tcp::socket::shutdown_send);
        EXPECT_THAT(co_await next(half), HasSubstr("as it stands"));
        EXPECT_EQ(co_await next(half), "closed");
        listener.drain();
    });
}

TEST_F(HttpListener, ASlowReaderHoldsNoPermit) {
    play(with_in_flight(1), [this](http_listener& listener) -> awaitable<void> {
        auto slow = co_await connect();
        EXPECT_THAT(co_await get(slow, "/huge"), StartsWith("HTTP/1.1 200"));
        co_await expect_newcomer_is_served();
        EXPECT_EQ(reported("closed"), 0);
        slow.close();
        listener.drain();
    });
}

TEST_F(HttpListener, EvictsASlowReaderForANewConnection) {
    play(with_connections(1), [this](http_listener& listener) -> awaitable<void> {
        auto slow = co_await connect();
        EXPECT_THAT(co_await get(slow, "/huge"), StartsWith("HTTP/1.1 200"));
        co_await expect_newcomer_is_served();
        listener.drain();
    });
    EXPECT_EQ(reported("evicted"), 1);
}

TEST_F(HttpListener, EvictsASlowReaderForTheNextLargeAnswer) {
    config::server_settings limits;
    limits.max_message_memory = 40 * 1024 * 1024;
    play(limits, [this](http_listener& listener) -> awaitable<void> {
        auto slow = co_await connect();
        EXPECT_TRUE((co_await get(slow, "/huge")).starts_with("HTTP/1.1 200"));
        auto second = co_await connect();
        EXPECT_TRUE((co_await get(second, "/huge")).starts_with("HTTP/1.1 200"));
        co_await until([this] { return reported("closed") == 1; });
        second.close();
        listener.drain();
    });
    EXPECT_EQ(reported("evicted"), 1);
}

TEST_F(HttpListener, GivesNoLargerAnswerThanThereIsMemoryFor) {
    config::server_settings limits;
    limits.max_message_memory = 20 * 1024 * 1024;
    play(limits, [this](http_listener& listener) -> awaitable<void> {
        auto caller = co_await connect();
        EXPECT_THAT(co_await get(caller, "/huge"), StartsWith("HTTP/1.1 503"));
        EXPECT_THAT(co_await get(caller, "/quick"), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
    EXPECT_EQ(reported("shed memory"), 1);
}

TEST_F(HttpListener, EvictsSlowSendersForAFastOne) {
    config::server_settings limits;
    limits.max_message_memory = 1024 * 1024;
    play(limits, [this](http_listener& listener) -> awaitable<void> {
        const std::string post =
            "POST /quick HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n";
        std::vector<tcp::socket> slow;
        for (int i = 0; i < 30; ++i) {
            slow.push_back(co_await connect());
            co_await send(slow.back(), post + std::string(90'000, 'x'));
        }
        co_await until([this] { return reported("evicted") > 0; });
        auto quick = co_await connect();
        co_await send(quick, post + std::string(100'000, 'x'));
        EXPECT_THAT(co_await next(quick), StartsWith("HTTP/1.1 405"));
        slow.clear();
        listener.drain();
    });
    EXPECT_EQ(reported("shed memory"), 0);
}

}  // namespace
}  // namespace gateway::server
