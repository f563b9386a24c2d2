// Over real sockets: what listener, sessions and the limits on both do together.
#include <gmock/gmock.h>

#include "tests/server/http_listener_fixture.hpp"

namespace gateway::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST_F(HttpListener, ClosesWhoWaitedLongestForOneConnectionMore) {
    play(with_connections(2), [this](http_listener& listener) -> awaitable<void> {
        auto first = co_await connect();
        auto second = co_await connect();
        EXPECT_THAT(co_await get(first, "/quick"), StartsWith("HTTP/1.1 200"));
        co_await until([this] { return told("opened") == 2; });
        // The second has waited since it came, the first since its answer.
        auto third = co_await connect();
        EXPECT_EQ(co_await next(second), "closed");
        EXPECT_THAT(co_await get(third, "/quick"), StartsWith("HTTP/1.1 200"));
        EXPECT_THAT(co_await get(first, "/quick"), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
    EXPECT_EQ(told("evicted"), 1);
}

TEST_F(HttpListener, SaysNoToOneConnectionMoreWhenAllAreAtWork) {
    play(with_connections(1), [this](http_listener& listener) -> awaitable<void> {
        auto working = co_await connect();
        co_await ask(working, "/held");
        co_await until([this] { return told("opened") == 1; });
        auto refused = co_await connect();
        const auto answer = co_await next(refused);
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
        EXPECT_THAT(answer, HasSubstr("Retry-After: 1"));
        EXPECT_THAT(answer, HasSubstr("saturated"));
        gate_.cancel();
        EXPECT_THAT(co_await next(working), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
    EXPECT_EQ(told("evicted"), 0);
    EXPECT_EQ(told("refused"), 1);
}

TEST_F(HttpListener, ShedsWhatIsMoreThanMayBeInFlight) {
    play(with_in_flight(1), [this](http_listener& listener) -> awaitable<void> {
        auto working = co_await connect();
        auto other = co_await connect();
        co_await ask(working, "/held");
        co_await until([this] { return told("opened") == 2; });
        const auto answer = co_await refusal(other);
        EXPECT_THAT(answer, HasSubstr("Retry-After: 1"));
        EXPECT_THAT(answer, HasSubstr("Connection: keep-alive"));
        gate_.cancel();
        EXPECT_THAT(co_await next(working), StartsWith("HTTP/1.1 200"));
        // Shedding costs nobody the connection, and ends with its cause.
        EXPECT_THAT(co_await get(other, "/quick"), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
    EXPECT_EQ(told("shed in_flight"), 1);
}

TEST_F(HttpListener, WhenOverloadedReadsNobodyBeforeTheTimeItNamed) {
    using std::chrono::steady_clock;
    play(with_in_flight(1), [this](http_listener& listener) -> awaitable<void> {
        auto working = co_await connect();
        auto shed = co_await connect();
        co_await ask(working, "/held");
        co_await until([this] { return told("opened") == 2; });
        for (const bool overloaded : {false, true}) {
            listener.loop_lagged(std::chrono::milliseconds(overloaded ? 50 : 1));
            const auto answer = co_await refusal(shed);
            EXPECT_THAT(answer, HasSubstr("Retry-After: 1"));
            const auto told_at = steady_clock::now();
            co_await ask(shed, "/quick");
            co_await next(shed);
            EXPECT_EQ(steady_clock::now() - told_at > std::chrono::milliseconds(900), overloaded);
        }
        gate_.cancel();
        EXPECT_THAT(co_await next(working), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
}

TEST_F(HttpListener, LetsOthersInBetweenTheRequestsOfALongPipeline) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        auto greedy = co_await connect();
        auto other = co_await connect();
        co_await until([this] { return told("opened") == 2; });
        std::string pipeline;
        for (int i = 0; i < 1000; ++i) {
            pipeline += "GET /quick HTTP/1.1\r\nHost: x\r\n\r\n";
        }
        co_await send(greedy, pipeline);
        EXPECT_THAT(co_await get(other, "/nowhere"), StartsWith("HTTP/1.1 404"));
        EXPECT_LT(told("GET /quick 200"), 100);
        greedy.close();
        listener.drain();
    });
}

TEST_F(HttpListener, KeepsCostlyRequestsInTheirLane) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        auto first = co_await connect();
        auto second = co_await connect();
        auto third = co_await connect();
        for (auto* socket : {&first, &second, &third}) {
            co_await ask(*socket, "/narrow");
        }
        co_await until([this] { return told("shed route") == 1; });
        co_await expect_newcomer_is_served();
        // One is at work and one in line; the gate opens for each in its turn.
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

TEST_F(HttpListener, NeedsNoPlaceToSayThatNothingIsThere) {
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
