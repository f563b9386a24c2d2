// Over real sockets: what listener, sessions and the limits on both do together.
#include "server/http_listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "tests/server/noting_probe.hpp"

namespace gateway::server {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
constexpr auto awaitable_tuple = asio::as_tuple(asio::use_awaitable);

// Answers with so many bytes; with a gate, when that opens.
class body_of final : public handlers::handler {
public:
    explicit body_of(std::size_t size, asio::steady_timer* gate = nullptr)
        : size_(size), gate_(gate) {}

    awaitable<net::http_response> handle(const handlers::request_context&) override {
        if (gate_ != nullptr) {
            co_await gate_->async_wait(awaitable_tuple);
        }
        net::http_response response;
        response.body = std::string(size_, 'x');
        co_return response;
    }

private:
    std::size_t size_;
    asio::steady_timer* gate_;
};

// Waits for as long as the caller does.
class until_caller_leaves final : public handlers::handler {
public:
    awaitable<net::http_response> handle(const handlers::request_context& context) override {
        auto& present = *context.caller_presence;
        while (!present.gone()) {
            co_await present.changed().wait_until(std::chrono::steady_clock::time_point::max());
        }
        net::http_response response;
        response.body = "as it stands";
        co_return response;
    }
};

class HttpListener : public testing::Test {
protected:
    // Serves with these limits while `script` plays; fails if anything is left then.
    void play(
        const config::server_settings& limits, std::function<awaitable<void>(http_listener&)> script
    ) {
        std::vector<route> routes;
        routes.push_back({"GET", "/quick", {}, std::make_unique<body_of>(2)});
        routes.push_back({"GET", "/patient", {}, std::make_unique<until_caller_leaves>()});
        routes.push_back({"GET", "/huge", {}, std::make_unique<body_of>(32 * 1024 * 1024)});
        routes.push_back({"GET", "/held", {}, std::make_unique<body_of>(4, &gate_)});
        routes.push_back(
            {"GET",
             "/narrow",
             {},
             std::make_unique<body_of>(4, &gate_),
             std::make_unique<lane>(1, 1)}
        );
        const router table(std::move(routes));
        callers anybody({});
        const endpoint where{"api", table, anybody, probe_};
        net::task_group tasks(loop_.get_executor(), [](const auto& e) {
            ADD_FAILURE() << e.what();
        });
        config::listener_settings loopback;
        loopback.address = "127.0.0.1";
        http_listener listener(loop_.get_executor(), where, limits, loopback, tasks);
        port_ = listener.port();
        tasks.spawn(listener.run());
        tasks.spawn(script(listener));
        loop_.restart();
        loop_.run_for(std::chrono::seconds(20));
        EXPECT_EQ(tasks.size(), 0U) << "something is still at work";
        if (tasks.size() > 0) {
            listener.close_all();
            gate_.cancel();
            loop_.restart();
            loop_.run_for(std::chrono::seconds(5));
        }
    }

    awaitable<tcp::socket> connect() {
        tcp::socket socket(loop_);
        const tcp::endpoint to(asio::ip::address_v4::loopback(), port_);
        co_await socket.async_connect(to, asio::use_awaitable);
        co_return socket;
    }
    static awaitable<void> send(tcp::socket& socket, std::string text) {
        co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
    }
    static awaitable<void> ask(tcp::socket& socket, std::string path) {
        std::string request = "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
        co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
    }
    // What comes next; "closed" or "reset" when nothing does.
    static awaitable<std::string> next(tcp::socket& socket) {
        std::string got(4096, '\0');
        const auto [error, count] =
            co_await socket.async_read_some(asio::buffer(got), awaitable_tuple);
        if (error) {
            co_return error == asio::error::eof ? "closed" : "reset";
        }
        got.resize(count);
        co_return got;
    }
    // Until the listener's side has done what is asked for.
    awaitable<void> until(std::function<bool()> done) {
        asio::steady_timer pause(loop_);
        for (int i = 0; i < 5000 && !done(); ++i) {
            pause.expires_after(std::chrono::milliseconds(1));
            co_await pause.async_wait(awaitable_tuple);
        }
        EXPECT_TRUE(done());
    }
    std::ptrdiff_t told(const std::string& line) const {
        return std::count(probe_.lines.begin(), probe_.lines.end(), line);
    }

    asio::io_context loop_{1};
    asio::steady_timer gate_{loop_, std::chrono::steady_clock::time_point::max()};
    support::noting_probe probe_;
    std::uint16_t port_ = 0;
};

config::server_settings with_connections(std::size_t count) {
    config::server_settings out;
    out.max_connections = count;
    return out;
}

TEST_F(HttpListener, ClosesWhoWaitedLongestForOneConnectionMore) {
    play(with_connections(2), [this](http_listener& listener) -> awaitable<void> {
        auto first = co_await connect();
        auto second = co_await connect();
        co_await ask(first, "/quick");
        EXPECT_THAT(co_await next(first), StartsWith("HTTP/1.1 200"));
        co_await until([this] { return told("opened") == 2; });
        // The second has waited since it came, the first since its answer.
        auto third = co_await connect();
        EXPECT_EQ(co_await next(second), "closed");
        co_await ask(third, "/quick");
        EXPECT_THAT(co_await next(third), StartsWith("HTTP/1.1 200"));
        co_await ask(first, "/quick");
        EXPECT_THAT(co_await next(first), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
    EXPECT_EQ(told("evicted"), 1);
}

TEST_F(HttpListener, ClosesASlowSenderForOneConnectionMore) {
    play(with_connections(1), [this](http_listener& listener) -> awaitable<void> {
        auto slow = co_await connect();
        co_await send(slow, "POST /quick HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na");
        co_await until([this] { return told("opened") == 1; });
        auto other = co_await connect();
        co_await ask(other, "/quick");
        EXPECT_THAT(co_await next(other), StartsWith("HTTP/1.1 200"));
        EXPECT_THAT(co_await next(slow), Not(StartsWith("HTTP/1.1 200")));
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
    config::server_settings limits;
    limits.max_in_flight = 1;
    play(limits, [this](http_listener& listener) -> awaitable<void> {
        auto working = co_await connect();
        auto other = co_await connect();
        co_await ask(working, "/held");
        co_await until([this] { return told("opened") == 2; });
        std::string answer;
        // Which of the two is read first is the kernel's choice.
        for (int i = 0; i < 100 && !answer.starts_with("HTTP/1.1 503"); ++i) {
            co_await ask(other, "/quick");
            answer = co_await next(other);
        }
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
        EXPECT_THAT(answer, HasSubstr("Retry-After: 1"));
        EXPECT_THAT(answer, HasSubstr("Connection: keep-alive"));
        gate_.cancel();
        EXPECT_THAT(co_await next(working), StartsWith("HTTP/1.1 200"));
        // Shedding costs nobody the connection, and ends with its cause.
        co_await ask(other, "/quick");
        EXPECT_THAT(co_await next(other), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
    EXPECT_EQ(told("shed in_flight"), 1);
}

TEST_F(HttpListener, WhenOverloadedReadsNobodyBeforeTheTimeItNamed) {
    using std::chrono::steady_clock;
    config::server_settings limits;
    limits.max_in_flight = 1;
    play(limits, [this](http_listener& listener) -> awaitable<void> {
        auto working = co_await connect();
        auto shed = co_await connect();
        co_await ask(working, "/held");
        co_await until([this] { return told("opened") == 2; });
        for (const bool overloaded : {false, true}) {
            listener.loop_lagged(std::chrono::milliseconds(overloaded ? 50 : 1));
            std::string answer;
            for (int i = 0; i < 100 && !answer.starts_with("HTTP/1.1 503"); ++i) {
                co_await ask(shed, "/quick");
                answer = co_await next(shed);
            }
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
        co_await ask(other, "/nowhere");
        EXPECT_THAT(co_await next(other), StartsWith("HTTP/1.1 404"));
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
        auto other = co_await connect();
        co_await ask(other, "/quick");
        EXPECT_THAT(co_await next(other), StartsWith("HTTP/1.1 200"));
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
        co_await ask(third, "/quick");
        EXPECT_THAT(co_await next(third), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
}

TEST_F(HttpListener, LosesPatienceWithASlowReader) {
    config::server_settings limits;
    limits.write_timeout = std::chrono::milliseconds(200);
    play(limits, [this](http_listener& listener) -> awaitable<void> {
        auto slow = co_await connect();
        co_await ask(slow, "/huge");
        co_await until([this] { return told("closed") == 1; });
        auto other = co_await connect();
        co_await ask(other, "/quick");
        EXPECT_THAT(co_await next(other), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
}

TEST_F(HttpListener, GivesThePlaceBackOfWhoHasHungUp) {
    config::server_settings limits;
    limits.max_in_flight = 1;
    for (const std::string behind : {"", "GET /quick HTTP/1.1\r\nHost: x\r\n\r\n"}) {
        play(limits, [this, behind](http_listener& listener) -> awaitable<void> {
            auto leaving = co_await connect();
            co_await send(leaving, "GET /patient HTTP/1.1\r\nHost: x\r\n\r\n" + behind);
            auto other = co_await connect();
            std::string answer;
            // Which of the two is read first is the kernel's choice.
            for (int i = 0; i < 100 && !answer.starts_with("HTTP/1.1 503"); ++i) {
                co_await ask(other, "/quick");
                answer = co_await next(other);
            }
            EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
            leaving.close();
            co_await until([this] { return told("GET /patient 200") == 1; });
            co_await ask(other, "/quick");
            EXPECT_THAT(co_await next(other), StartsWith("HTTP/1.1 200"));
            listener.drain();
        });
        probe_.lines.clear();
    }
}

TEST_F(HttpListener, AnswersAtOnceWhoSendsNoMoreButStillReads) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        auto half = co_await connect();
        co_await ask(half, "/patient");
        half.shutdown(tcp::socket::shutdown_send);
        EXPECT_THAT(co_await next(half), HasSubstr("as it stands"));
        EXPECT_EQ(co_await next(half), "closed");
        listener.drain();
    });
}

TEST_F(HttpListener, LetsNoSlowReaderHoldAPlaceAmongThoseInFlight) {
    config::server_settings limits;
    limits.max_in_flight = 1;
    play(limits, [this](http_listener& listener) -> awaitable<void> {
        auto slow = co_await connect();
        co_await ask(slow, "/huge");
        EXPECT_THAT(co_await next(slow), StartsWith("HTTP/1.1 200"));
        auto other = co_await connect();
        co_await ask(other, "/quick");
        EXPECT_THAT(co_await next(other), StartsWith("HTTP/1.1 200"));
        EXPECT_EQ(told("closed"), 0);
        slow.close();
        listener.drain();
    });
}

TEST_F(HttpListener, ClosesASlowReaderForOneConnectionMore) {
    play(with_connections(1), [this](http_listener& listener) -> awaitable<void> {
        auto slow = co_await connect();
        co_await ask(slow, "/huge");
        EXPECT_THAT(co_await next(slow), StartsWith("HTTP/1.1 200"));
        auto other = co_await connect();
        co_await ask(other, "/quick");
        EXPECT_THAT(co_await next(other), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
    EXPECT_EQ(told("evicted"), 1);
}

TEST_F(HttpListener, NeedsNoPlaceToSayThatNothingIsThere) {
    config::server_settings limits;
    limits.max_in_flight = 1;
    play(limits, [this](http_listener& listener) -> awaitable<void> {
        auto working = co_await connect();
        co_await ask(working, "/held");
        auto other = co_await connect();
        std::string answer;
        // Which of the two is read first is the kernel's choice.
        for (int i = 0; i < 100 && !answer.starts_with("HTTP/1.1 503"); ++i) {
            co_await ask(other, "/quick");
            answer = co_await next(other);
        }
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
        co_await ask(other, "/nowhere");
        EXPECT_THAT(co_await next(other), StartsWith("HTTP/1.1 404"));
        gate_.cancel();
        EXPECT_THAT(co_await next(working), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
}

TEST_F(HttpListener, DrainServesWhoHasConnectedAlready) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        std::vector<tcp::socket> early;
        for (int i = 0; i < 20; ++i) {
            // No turn of the loop, so that nobody is accepted meanwhile.
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
        co_await ask(slow, "/huge");
        EXPECT_THAT(co_await next(slow), StartsWith("HTTP/1.1 200"));
        listener.drain();
        std::size_t taken = 0;
        for (std::string got; got != "closed" && got != "reset"; taken += got.size()) {
            got = co_await next(slow);
        }
        EXPECT_GT(taken, 32U * 1024 * 1024 - 4096);
    });
}

TEST_F(HttpListener, ASlowReaderGivesWayToTheNextLargeAnswer) {
    config::server_settings limits;
    limits.max_message_memory = 40 * 1024 * 1024;
    play(limits, [this](http_listener& listener) -> awaitable<void> {
        auto slow = co_await connect();
        co_await ask(slow, "/huge");
        EXPECT_TRUE((co_await next(slow)).starts_with("HTTP/1.1 200"));
        auto second = co_await connect();
        co_await ask(second, "/huge");
        EXPECT_TRUE((co_await next(second)).starts_with("HTTP/1.1 200"));
        co_await until([this] { return told("closed") == 1; });
        second.close();
        listener.drain();
    });
    EXPECT_EQ(told("evicted"), 1);
}

TEST_F(HttpListener, GivesNoLargerAnswerThanThereIsMemoryFor) {
    config::server_settings limits;
    limits.max_message_memory = 20 * 1024 * 1024;
    play(limits, [this](http_listener& listener) -> awaitable<void> {
        auto caller = co_await connect();
        co_await ask(caller, "/huge");
        EXPECT_THAT(co_await next(caller), StartsWith("HTTP/1.1 503"));
        co_await ask(caller, "/quick");
        EXPECT_THAT(co_await next(caller), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
    EXPECT_EQ(told("shed memory"), 1);
}

TEST_F(HttpListener, SlowSendersGiveWayToWhoSendsAtOnce) {
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
        co_await until([this] { return told("evicted") > 0; });
        auto quick = co_await connect();
        co_await send(quick, post + std::string(100'000, 'x'));
        EXPECT_THAT(co_await next(quick), StartsWith("HTTP/1.1 405"));
        slow.clear();
        listener.drain();
    });
    EXPECT_EQ(told("shed memory"), 0);
}

TEST_F(HttpListener, SendsClientsAwayWhileItStillServes) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        auto old = co_await connect();
        co_await ask(old, "/quick");
        EXPECT_THAT(co_await next(old), HasSubstr("Connection: keep-alive"));
        listener.send_away();
        co_await ask(old, "/quick");
        EXPECT_THAT(co_await next(old), HasSubstr("Connection: close"));
        EXPECT_EQ(co_await next(old), "closed");
        auto fresh = co_await connect();
        co_await ask(fresh, "/quick");
        EXPECT_THAT(co_await next(fresh), StartsWith("HTTP/1.1 200"));
        listener.drain();
    });
}

TEST_F(HttpListener, DrainClosesIdleConnectionsAtOnceAndOthersAfterTheirAnswer) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        auto idle = co_await connect();
        auto working = co_await connect();
        auto sending = co_await connect();
        co_await ask(working, "/held");
        co_await send(sending, "GET /quick HTTP/1.1\r\n");
        co_await ask(idle, "/quick");
        EXPECT_THAT(co_await next(idle), StartsWith("HTTP/1.1 200"));
        co_await until([this] { return told("opened") == 3; });
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

TEST_F(HttpListener, ClosesWhoDoesNotCompleteARequestWhenAskedTo) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        auto sending = co_await connect();
        co_await send(sending, "GET /quick HTTP/1.1\r\n");
        co_await until([this] { return told("opened") == 1; });
        listener.drain();
        listener.close_waiting();
        EXPECT_THAT(co_await next(sending), Not(StartsWith("HTTP/1.1 200")));
    });
}

TEST_F(HttpListener, ClosesEverybodyWhenTimeIsUp) {
    play({}, [this](http_listener& listener) -> awaitable<void> {
        auto working = co_await connect();
        co_await ask(working, "/held");
        auto slow = co_await connect();
        co_await ask(slow, "/huge");
        EXPECT_THAT(co_await next(slow), StartsWith("HTTP/1.1 200"));
        co_await until([this] { return told("opened") == 2; });
        listener.drain();
        listener.close_all();
        EXPECT_THAT(co_await next(working), Not(StartsWith("HTTP/1.1 200")));
        gate_.cancel();
    });
}

}  // namespace
}  // namespace gateway::server
