#include "server/http/session.hpp"

#include <gtest/gtest.h>

#include "server/app/api.hpp"
#include "tests/handlers/fake_core.hpp"
#include "tests/server/recording_probe.hpp"
#include "tests/support/run_coro.hpp"
#include "tests/support/scripted_stream.hpp"

namespace gateway::server {
namespace {

namespace asio = boost::asio;
using redemption::state;

std::string get(std::string_view path, std::string_view more = {}) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(more) + "\r\n";
}

std::string post(std::string_view body) {
    return "POST /v1/redemptions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
           "Idempotency-Key: k\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

const char* const good_body = R"({"method":"shop.use","params":{"code":"1"}})";

// The status codes of all answers in what was written, in order.
std::vector<int> statuses(const std::string& written) {
    constexpr std::string_view mark = "HTTP/1.1 ";
    std::vector<int> out;
    for (auto at = written.find(mark); at != std::string::npos; at = written.find(mark, at + 1)) {
        const auto code = written.substr(at + mark.size(), 3);
        if (code.find_first_not_of("0123456789") == std::string::npos) {
            out.push_back(std::stoi(code));
        }
    }
    return out;
}

// Owned by the session; passes every call to a stream of the test.
class lent_stream final : public net::byte_stream {
public:
    explicit lent_stream(net::byte_stream& lent) : lent_(lent) {}
    asio::awaitable<net::error_code> readable() override { return lent_.readable(); }
    asio::awaitable<net::io_result> read_some(asio::mutable_buffer into) override {
        return lent_.read_some(into);
    }
    asio::awaitable<net::io_result> write_all(asio::const_buffer from) override {
        return lent_.write_all(from);
    }
    void expires_at(net::steady_time deadline) override { lent_.expires_at(deadline); }
    asio::awaitable<void> shutdown() override { return lent_.shutdown(); }
    void close() noexcept override { lent_.close(); }
    void reset() noexcept override { lent_.reset(); }
    bool quiet() noexcept override { return lent_.quiet(); }
    bool hung_up() noexcept override { return lent_.hung_up(); }
    std::string remote_address() const override { return lent_.remote_address(); }

private:
    net::byte_stream& lent_;
};

class Session : public testing::Test {
protected:
    Session() {
        service_.submit_says =
            redemption::redemption_snapshot{.record = support::sample_record(state::succeeded)};
        service_.find_says = redemption::not_found{};
    }

    // Runs one session over what the peer sends and gives what was written.
    std::string talk(support::wire_script script) { return talk(std::move(script), where_); }
    std::string talk(support::wire_script script, const endpoint& where) {
        support::scripted_stream wire(std::move(script));
        support::run_coro([&](auto) {
            return run_session(
                std::make_unique<lent_stream>(wire), where, limits_, connections_, limiter_
            );
        });
        EXPECT_TRUE(wire.was_shut_down());
        EXPECT_EQ(connections_.size(), 0U);
        return wire.written();
    }
    std::string talk(std::string requests) {
        support::wire_script script;
        script.reads = {std::move(requests)};
        return talk(std::move(script));
    }

    support::fake_service service_;
    support::fake_directory directory_;
    handlers::account_certificates certificates_;
    support::fake_losses losses_;
    support::recording_probe probe_;
    boost::asio::io_context loop_;
    base::system_runtime time_{loop_.get_executor()};
    router routes_{
        api_routes(service_, directory_, certificates_, losses_, time_, std::chrono::hours(24))
    };
    authenticator authenticator_{{}};
    endpoint where_{"api", routes_, authenticator_, probe_};
    session_limits limits_;
    request_limiter limiter_{10, false};
    connections connections_{"api", {10, 1024 * 1024}, probe_};
};

TEST_F(Session, AnswersPipelinedRequestsInOrder) {
    const auto written =
        talk(get("/v1/accounts") + post(good_body) + get("/nope") + get("/v1/accounts"));
    EXPECT_EQ(statuses(written), (std::vector<int>{200, 200, 404, 200}));
    EXPECT_EQ(probe_.lines.front(), "opened");
    EXPECT_EQ(probe_.lines.back(), "closed");
    EXPECT_EQ(service_.submitted.size(), 1U);
}

TEST_F(Session, DoesNotDependOnWherePacketsEnd) {
    const auto all = get("/v1/accounts") + post(good_body) + get("/v1/accounts");
    for (std::size_t at = 1; at < all.size(); at += 7) {
        SCOPED_TRACE(at);
        support::wire_script script;
        script.reads = support::cut_at(all, at);
        EXPECT_EQ(statuses(talk(std::move(script))), (std::vector<int>{200, 200, 200}));
    }
}

TEST_F(Session, ClosesWhenTheCallerAsksForIt) {
    const auto written = talk(get("/v1/accounts", "Connection: close\r\n") + get("/v1/accounts"));
    EXPECT_EQ(statuses(written), (std::vector<int>{200}));
    EXPECT_NE(written.find("Connection: close"), std::string::npos);
}

TEST_F(Session, ClosesAfterTheAnswerWhileDraining) {
    connections_.close_after_answers();
    const auto written = talk(get("/v1/accounts") + get("/v1/accounts"));
    EXPECT_EQ(statuses(written), (std::vector<int>{200}));
    EXPECT_NE(written.find("Connection: close"), std::string::npos);
}

TEST_F(Session, AnswersHeadWithoutABody) {
    const auto written = talk("HEAD /v1/accounts HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(statuses(written), (std::vector<int>{200}));
    EXPECT_NE(written.find("Content-Length: 15"), std::string::npos) << written;
    EXPECT_TRUE(written.ends_with("\r\n\r\n"));
}

TEST_F(Session, ListsTheMethodsOfAResource) {
    const auto options = talk("OPTIONS /v1/redemptions HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(statuses(options), (std::vector<int>{204}));
    EXPECT_NE(options.find("Allow: GET, HEAD, POST, OPTIONS\r\n"), std::string::npos);
    const auto refused =
        talk("PUT /v1/redemptions HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(statuses(refused), (std::vector<int>{405}));
    EXPECT_NE(refused.find("Allow: GET, HEAD, POST, OPTIONS\r\n"), std::string::npos);
}

TEST_F(Session, AnswersWhatIsNotHttpWithAProblemAndCloses) {
    struct row {
        const char* name;
        std::string request;
        int status;
    };
    const row rows[] = {
        {"no HTTP at all", "hello\r\n\r\n", 400},
        {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
        {"two lengths", get("/v1/accounts", "Content-Length: 1\r\nContent-Length: 2\r\n"), 400},
        {"a length beside chunks",
         get("/v1/accounts", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
         400},
        {"another HTTP", "GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505},
        {"a header too large", get("/v1/accounts", "X: " + std::string(20'000, 'x') + "\r\n"), 431},
        {"a body too large",
         "POST /v1/redemptions HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n",
         413},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto written = talk(row.request + get("/v1/accounts"));
        EXPECT_EQ(statuses(written), (std::vector<int>{row.status}));
        EXPECT_NE(written.find("application/problem+json"), std::string::npos);
        EXPECT_NE(written.find("Connection: close"), std::string::npos);
        EXPECT_FALSE(probe_.last_took) << "0 s would be in the histogram";
    }
    EXPECT_TRUE(service_.submitted.empty());
    talk(get("/nope"));
    EXPECT_TRUE(probe_.last_took);
}

TEST_F(Session, WritesNothingToAPeerThatLeaves) {
    EXPECT_EQ(talk(""), "");
    support::wire_script silent;
    silent.read_end = asio::error::timed_out;
    EXPECT_EQ(talk(std::move(silent)), "");
}

TEST_F(Session, SurvivesAPeerThatLeavesBeforeItsAnswer) {
    support::wire_script script;
    script.reads = {post(good_body) + get("/v1/accounts")};
    script.write_limit = 10;
    talk(std::move(script));
    EXPECT_EQ(service_.submitted.size(), 1U);
}

TEST_F(Session, TurnsABugIntoA500AndGoesOn) {
    service_.throws = true;
    const auto written = talk(post(good_body) + get("/v1/accounts"));
    EXPECT_EQ(statuses(written), (std::vector<int>{500, 200}));
    EXPECT_EQ(probe_.lines[1], "bug /v1/redemptions: a bug");
    EXPECT_EQ(written.find("a bug"), std::string::npos);
    EXPECT_NE(written.find("repeat the same request, with the same key"), std::string::npos);
    EXPECT_NE(written.find(R"("safe_to_retry":true)"), std::string::npos);
}

// An operator's action has no key, so that its text must not ask for a repetition.
TEST_F(Session, TurnsABugOfAnOperatorsActionIntoA500ThatSaysWhatToReadFirst) {
    service_.throws = true;
    const auto written = talk(
        "POST /v1/redemptions/01a2016f-fb5a-7000-953c-7a9e5ff6a088/retry HTTP/1.1\r\nHost: x\r\n"
        "Content-Type: application/json\r\nContent-Length: 0\r\n\r\n"
    );
    EXPECT_EQ(statuses(written), (std::vector<int>{500}));
    EXPECT_NE(written.find(R"("safe_to_retry":false)"), std::string::npos) << written;
    EXPECT_NE(written.find("before you repeat it"), std::string::npos) << written;
    EXPECT_EQ(written.find("with the same key"), std::string::npos) << written;
}

// Its key may be that of a redemption that was sent and executed long ago.
TEST_F(Session, ARefusalForWantOfRoomSpeaksOfThisRequestOnly) {
    // The digest of "abc".
    const std::string digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    authenticator rated({{"pos", digest, "", {config::role::redeem}, {}, {}, {}, 0.01}});
    const endpoint limited{"api", routes_, rated, probe_};
    auto request = post(good_body);
    request.insert(request.find("\r\n") + 2, "Authorization: Bearer abc\r\n");
    support::wire_script script;
    script.reads = {request + request};
    const auto over_rate = talk(std::move(script), limited);
    EXPECT_EQ(statuses(over_rate), (std::vector<int>{200, 429}));
    std::vector<std::variant<request_limiter::permit, base::fixed_text>> taken;
    const handlers::caller_identity other{redemption::caller_name("other"), {}};
    for (int i = 0; i < 10; ++i) {
        taken.push_back(limiter_.try_acquire(other));
    }
    const auto in_flight = talk(post(good_body));
    EXPECT_EQ(statuses(in_flight), (std::vector<int>{503}));
    for (const auto& written : {over_rate.substr(over_rate.rfind("HTTP/1.1")), in_flight}) {
        EXPECT_NE(written.find("was not taken"), std::string::npos) << written;
        EXPECT_NE(written.find("Retry-After: "), std::string::npos) << written;
        EXPECT_EQ(written.find("sent"), std::string::npos) << written;
    }
}

TEST_F(Session, ReportsTheTraceAndTheRedemption) {
    auto request = post(good_body);
    request.insert(
        request.find("\r\n") + 2,
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
    );
    talk(request);
    EXPECT_EQ(probe_.last_trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_EQ(probe_.last_redemption, "/v1/redemptions/01a2016f-fb5a-7000-953c-7a9e5ff6a088");
}

TEST_F(Session, TakesTheCallersRequestIdOrMakesOne) {
    const auto given = talk(get("/nope", "X-Request-Id: r-1\r\n"));
    EXPECT_NE(given.find("X-Request-Id: r-1\r\n"), std::string::npos);
    EXPECT_NE(given.find(R"("request_id":"r-1"})"), std::string::npos);
    EXPECT_EQ(probe_.last_request_id, "r-1");
    for (const std::string& unusable :
         {std::string("a b"),
          std::string(129, 'x'),
          std::string("\xC3\xA9"),
          std::string(),
          std::string("r\r\nX-Request-Id: s")}) {
        const auto made = talk(get("/v1/accounts", "X-Request-Id: " + unusable + "\r\n"));
        EXPECT_EQ(probe_.last_request_id.size(), 32U) << unusable;
        EXPECT_NE(made.find("X-Request-Id: " + probe_.last_request_id), std::string::npos);
    }
    EXPECT_NE(talk("hello\r\n\r\n").find("X-Request-Id: "), std::string::npos);
    EXPECT_EQ(probe_.last_request_id.size(), 32U);
}

TEST_F(Session, ARefusedRequestKeepsItsIdOnceItsHeaderIsRead) {
    limits_.request.body_bytes = 10;
    const std::string head = "POST /v1/redemptions HTTP/1.1\r\nHost: x\r\nX-Request-Id: r-1\r\n";
    const struct {
        std::string rest;
        int status;
    } rows[] = {
        {"Content-Length: 11\r\n\r\n", 413},
        {"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        {"Content-Length: 10\r\n\r\n12345", 400},
        {"Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.rest);
        const auto written = talk(head + row.rest);
        EXPECT_EQ(statuses(written), (std::vector<int>{row.status}));
        EXPECT_NE(written.find("X-Request-Id: r-1\r\n"), std::string::npos) << written;
        EXPECT_EQ(probe_.last_request_id, "r-1");
        EXPECT_TRUE(probe_.last_named_by_caller);
    }
}

// Such requests can be sent by a page of another site, with the certificate of somebody's browser.
TEST_F(Session, TakesNoPostThatAnotherSitesPageCouldSend) {
    const std::string retry =
        "POST /v1/redemptions/01a2016f-fb5a-7000-953c-7a9e5ff6a088/retry HTTP/1.1\r\nHost: x\r\n";
    const auto written = talk(
        retry + "Content-Length: 0\r\n\r\n" +  //
        retry + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}" + retry +
        "Content-Type: application/json\r\nSec-Fetch-Site: cross-site\r\n" +
        "Content-Length: 2\r\n\r\n{}" +  //
        retry + "Content-Type: application/json\r\nContent-Length: 0\r\n\r\n"
    );
    EXPECT_EQ(statuses(written).size(), 4U);
    const auto got = statuses(written);
    EXPECT_EQ(std::vector<int>(got.begin(), got.begin() + 3), (std::vector<int>{415, 415, 403}));
    EXPECT_EQ(service_.orders.size(), 1U);
}

// What the request has done is done: its caller must be told, whatever memory is left.
TEST_F(Session, AnswersAPostAlsoWhenItsAnswerIsLargerThanTheMemory) {
    auto large = support::sample_record(state::succeeded);
    large.result = '"' + std::string(std::size_t{2} * 1024 * 1024, 'x') + '"';
    service_.submit_says = redemption::redemption_snapshot{.record = large};
    service_.find_says = redemption::redemption_snapshot{.record = large};
    const auto id = "/v1/redemptions/" + large.id.str();
    EXPECT_EQ(statuses(talk(post(good_body) + get(id))), (std::vector<int>{200, 503}));
    EXPECT_EQ(connections_.memory().used(), 0U);
}

TEST_F(Session, ServesOnlyKnownCallersWithTheRole) {
    const std::string digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    authenticator known({{"reader", digest, "", {config::role::read}, {}, {}, {}, {}}}
    );  // token "abc"
    const endpoint guarded{"api", routes_, known, probe_};
    const std::string token = "Authorization: Bearer abc\r\n";
    auto redeeming = post(good_body);
    redeeming.insert(redeeming.find("\r\n") + 2, token);
    support::wire_script script;
    script.reads = {get("/v1/accounts") + get("/nope") + get("/v1/accounts", token) + redeeming};
    const auto written = talk(std::move(script), guarded);
    EXPECT_EQ(statuses(written), (std::vector<int>{401, 401, 200, 403}));
    EXPECT_TRUE(service_.submitted.empty());
}

TEST_F(Session, ClosesAfterTheLastRequestOfAConnection) {
    limits_.requests = 2;
    const auto written = talk(get("/v1/accounts") + get("/v1/accounts") + get("/v1/accounts"));
    EXPECT_EQ(statuses(written), (std::vector<int>{200, 200}));
    EXPECT_EQ(written.find("Connection: close"), written.rfind("Connection: "));
}

TEST_F(Session, RefusesRequestsBeyondItsMemory) {
    net::memory_budget::share others(connections_.memory(), [] {});
    EXPECT_TRUE(others.resize(1000 * 1024));
    const auto large = post(std::string(60'000, ' ') + good_body);
    auto written = talk(large + get("/v1/accounts"));
    EXPECT_EQ(statuses(written), (std::vector<int>{503}));
    EXPECT_NE(written.find("Retry-After: 1"), std::string::npos) << written;
    EXPECT_TRUE(service_.submitted.empty());
    EXPECT_EQ(probe_.lines[2], "shed memory");
    EXPECT_EQ(statuses(talk(post(good_body))), (std::vector<int>{200}));

    others.release();
    written = talk(large);
    EXPECT_EQ(statuses(written), (std::vector<int>{200}));
    EXPECT_EQ(connections_.memory().used(), 0U);
}

}  // namespace
}  // namespace gateway::server
