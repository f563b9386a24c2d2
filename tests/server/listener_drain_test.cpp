// How a listener and its sessions end.
#include <gmock/gmock.h>

#include "tests/server/http_listener_fixture.hpp"

namespace gateway::server {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ListenerEnds : public HttpListener {
protected:
    struct clients {
        tcp::socket idle;     // between two requests
        tcp::socket working;  // waits for an answer
        tcp::socket sending;  // in the middle of a request
    };
    awaitable<clients> one_of_each() {
        auto idle = co_await connect();
        auto working = co_await connect();
        auto sending = co_await connect();
        clients made{std::move(idle), std::move(working), std::move(sending)};
        co_await ask(made.working, "/held");
        co_await send(made.sending, "GET /quick HTTP/1.1\r\n");
        EXPECT_THAT(co_await get(made.idle, "/quick"), StartsWith("HTTP/1.1 200"));
        co_await until([this] { return reported("opened") == 3; });
        co_return std::move(made);
    }
};

TEST_F(HttpListener, DrainServesTheConnectionsInTheBacklog) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        std::vector<tcp::socket> early;
        for (int i = 0; i < 20; ++i) {
            // Blocks the loop, so that no connection is accepted meanwhile.
            early.emplace_back(loop_).connect({asio::ip::address_v4::loopback(), port_});
        }
        listener.drain();
        for (auto& socket : early) {
            co_await ask(socket, "/quick");
            const auto answer = co_await next(socket);
            EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
            EXPECT_THAT(answer, HasSubstr("Connection: close"));
        }
        tcp::socket late(loop_);
        const tcp::endpoint to(asio::ip::address_v4::loopback(), port_);
        const auto [error] = co_await late.async_connect(to, awaitable_tuple);
        EXPECT_EQ(error, asio::error::connection_refused);
    });
}

TEST_F(HttpListener, DrainLetsASlowReaderTakeItsAnswer) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        auto slow = co_await connect();
        EXPECT_THAT(co_await get(slow, "/huge"), StartsWith("HTTP/1.1 200"));
        listener.drain();
        std::size_t taken = 0;
        for (std::string got; got != "closed" && got != "reset"; taken += got.size()) {
            got = co_await next(slow);
        }
        EXPECT_GT(taken, 32U * 1024 * 1024 - 4096);
    });
}

TEST_F(HttpListener, ClosesConnectionsAfterAnswersWhileItStillServes) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        auto old = co_await connect();
        EXPECT_THAT(co_await get(old, "/quick"), HasSubstr("Connection: keep-alive"));
        listener.close_after_answers();
        EXPECT_THAT(co_await get(old, "/quick"), HasSubstr("Connection: close"));
        EXPECT_EQ(co_await next(old), "closed");
        co_await expect_newcomer_is_served();
        listener.drain();
    });
}

TEST_F(ListenerEnds, DrainClosesIdleConnectionsAtOnceAndOthersAfterTheirAnswer) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        auto [idle, working, sending] = co_await one_of_each();
        listener.drain();
        EXPECT_EQ(co_await next(idle), "closed");
        co_await send(sending, "Host: x\r\n\r\n");
        EXPECT_THAT(co_await next(sending), HasSubstr("Connection: close"));
        gate_.cancel();
        const auto answer = co_await next(working);
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
        EXPECT_THAT(answer, HasSubstr("Connection: close"));
        EXPECT_EQ(co_await next(working), "closed");
    });
}

TEST_F(ListenerEnds, EndsExistingConnectionsAndKeepsLaterOnes) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        auto [idle, working, sending] = co_await one_of_each();
        listener.end_existing_connections();
        EXPECT_EQ(co_await next(idle), "closed");
        auto later = co_await connect();
        for (int i = 0; i < 2; ++i) {
            EXPECT_THAT(co_await get(later, "/quick"), HasSubstr("Connection: keep-alive"));
        }
        co_await send(sending, "Host: x\r\n\r\n");
        EXPECT_THAT(co_await next(sending), HasSubstr("Connection: close"));
        gate_.cancel();
        EXPECT_THAT(co_await next(working), HasSubstr("Connection: close"));
        EXPECT_EQ(co_await next(working), "closed");
        listener.drain();
    });
}

// In a drain it would be served, as its request is about to come. Here its certificate may have
// become invalid.
TEST_F(HttpListener, EndsExistingConnectionsWithoutARequestYet) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        auto silent = co_await connect();
        co_await until([this] { return reported("opened") == 1; });
        listener.end_existing_connections();
        // The ended connection is not read any more.
        co_await ask(silent, "/quick");
        EXPECT_THAT(co_await next(silent), Not(StartsWith("HTTP/1.1")));
        co_await expect_newcomer_is_served();
        listener.drain();
    });
}

TEST_F(HttpListener, ClosesIncompleteRequestsOnDemand) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        auto sending = co_await connect();
        co_await send(sending, "GET /quick HTTP/1.1\r\n");
        co_await until([this] { return reported("opened") == 1; });
        listener.drain();
        listener.close_waiting();
        EXPECT_THAT(co_await next(sending), Not(StartsWith("HTTP/1.1 200")));
    });
}

TEST_F(HttpListener, ClosesAllConnectionsWhenTimeIsUp) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        auto working = co_await connect();
        co_await ask(working, "/held");
        auto slow = co_await connect();
        EXPECT_THAT(co_await get(slow, "/huge"), StartsWith("HTTP/1.1 200"));
        co_await until([this] { return reported("opened") == 2; });
        listener.drain();
        listener.close_all();
        EXPECT_THAT(co_await next(working), Not(StartsWith("HTTP/1.1 200")));
        gate_.cancel();
    });
}

}  // namespace
}  // namespace gateway::server
