// Over real sockets: what listener, sessions and the limits on both do together.
#include <gmock/gmock.h>

#include "tests/server/http_listener_fixture.hpp"

namespace gateway::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST_F(HttpListener, EvictsTheConnectionThatWaitedLongestForANewOne) {
    play(with_connections(2), [this](http_listener& listener) -> awaitable<void> {
        auto first = co_await connect();
        auto second = co_await connect();
        EXPECT_THAT(co_await get(first, "/quick"), StartsWith("HTTP/1.1 200"));
        co_await until([this] { return reported("opened") == 2; });
        // The second has waited since it came, the first since its answer.
        auto third = co_await connect();
        EXPECT_EQ(co_await next(second), "closed");
        EXPECT_THAT(co_await get(third, "/quick"), StartsWith("HTTP/1.1 200"));
        EXPECT_THAT(co_await get(first, "/quick"), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
    EXPECT_EQ(reported("evicted"), 1);
}

TEST_F(HttpListener, RefusesAConnectionWhenAllOthersHaveARequestAtWork) {
    play(with_connections(1), [this](http_listener& listener) -> awaitable<void> {
        auto working = co_await connect();
        co_await ask(working, "/held");
        co_await until([this] { return reported("opened") == 1; });
        auto refused = co_await connect();
        const auto answer = co_await next(refused);
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
        EXPECT_THAT(answer, HasSubstr("Retry-After: 1"));
        EXPECT_THAT(answer, HasSubstr("saturated"));
        gate_.cancel();
        EXPECT_THAT(co_await next(working), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
    EXPECT_EQ(reported("evicted"), 0);
    EXPECT_EQ(reported("refused"), 1);
}

TEST_F(HttpListener, ShedsRequestsBeyondTheLimitInFlight) {
    play(with_in_flight(1), [this](http_listener& listener) -> awaitable<void> {
        auto working = co_await connect();
        auto other = co_await connect();
        co_await ask(working, "/held");
        co_await until([this] { return reported("opened") == 2; });
        const auto answer = co_await refusal(other);
        EXPECT_THAT(answer, HasSubstr("Retry-After: 1"));
        EXPECT_THAT(answer, HasSubstr("Connection: keep-alive"));
        gate_.cancel();
        EXPECT_THAT(co_await next(working), StartsWith("HTTP/1.1 200"));
        // Shedding closes no connection, and ends with its cause.
        EXPECT_THAT(co_await get(other, "/quick"), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
    EXPECT_EQ(reported("shed in_flight"), 1);
}

TEST_F(HttpListener, WhenOverloadedReadsNoConnectionBeforeItsRetryAfter) {
    play(with_in_flight(1), [this](http_listener& listener) -> awaitable<void> {
        auto working = co_await connect();
        auto shed = co_await connect();
        co_await ask(working, "/held");
        co_await until([this] { return reported("opened") == 2; });
        // One of several: a busy machine may delay this process, but not each time.
        bool read_at_once = false;
        for (int i = 0; i < 10 && !read_at_once; ++i) {
            listener.loop_lagged(std::chrono::milliseconds(1));
            read_at_once = co_await time_to_next_answer(shed) < std::chrono::milliseconds(900);
        }
        EXPECT_TRUE(read_at_once);
        listener.loop_lagged(std::chrono::milliseconds(50));
        EXPECT_GE(co_await time_to_next_answer(shed), std::chrono::milliseconds(900));
        gate_.cancel();
        EXPECT_THAT(co_await next(working), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
}

TEST_F(HttpListener, ServesOthersBetweenTheRequestsOfALongPipeline) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        auto greedy = co_await connect();
        auto other = co_await connect();
        co_await until([this] { return reported("opened") == 2; });
        std::string pipeline;
        for (int i = 0; i < 1000; ++i) {
            pipeline += "GET /quick HTTP/1.1\r\nHost: x\r\n\r\n";
        }
        co_await send(greedy, pipeline);
        EXPECT_THAT(co_await get(other, "/nowhere"), StartsWith("HTTP/1.1 404"));
        EXPECT_LT(reported("GET /quick 200"), 100);
        greedy.close();
        listener.drain();
    });
}

TEST_F(HttpListener, BoundsTheConcurrencyOfCostlyRoutes) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        auto first = co_await connect();
        auto second = co_await connect();
        auto third = co_await connect();
        for (auto* socket : {&first, &second, &third}) {
            co_await ask(*socket, "/narrow");
        }
        co_await until([this] { return reported("shed route") == 1; });
        co_await expect_newcomer_is_served();
        // One is at work and one is queued; the gate opens for one after the other.
        std::vector<std::string> answers;
        std::size_t opened = 0;
        for (auto* socket : {&first, &second, &third}) {
            while (socket->available() == 0 && opened < 1000) {
                gate_.cancel();
                ++opened;
                asio::steady_timer pause(loop_, std::chrono::milliseconds(1));
                co_await pause.async_wait(awaitable_tuple);
            }
            answers.push_back((co_await next(*socket)).substr(0, 12));
        }
        EXPECT_THAT(
            answers, testing::UnorderedElementsAre("HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 503")
        );
        EXPECT_THAT(co_await get(third, "/quick"), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
}

TEST_F(HttpListener, NeedsNoPermitToAnswerAnUnknownPath) {
    play(with_in_flight(1), [this](http_listener& listener) -> awaitable<void> {
        auto working = co_await connect();
        co_await ask(working, "/held");
        auto other = co_await connect();
        co_await refusal(other);
        EXPECT_THAT(co_await get(other, "/nowhere"), StartsWith("HTTP/1.1 404"));
        gate_.cancel();
        EXPECT_THAT(co_await next(working), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
}

}  // namespace
}  // namespace gateway::server
