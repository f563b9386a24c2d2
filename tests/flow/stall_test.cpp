// A platform that keeps silent holds up its own redemptions and nobody else's.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iostream>
#include <vector>

#include "base/task_group.hpp"
#include "net/http_client.hpp"
#include "net/resolver_cache.hpp"
#include "tests/support/sanitized.hpp"
#include "world.hpp"

namespace gateway::flow {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int stalled_callers = 2000;
constexpr int healthy_callers = 8;

world_options wide_open() {
    world_options options;
    options.attempt_timeout = "45s";
    options.account_extra =
        "    limits: { requests_per_second: 100000, in_flight: 2000, connections: 2000 }\n";
    return options;
}

// Of one measurement, sorted.
using durations = std::vector<steady_clock::duration>;

steady_clock::duration quantile(const durations& of, std::size_t percent) {
    return of.empty() ? steady_clock::duration::max() : of[of.size() * percent / 100];
}

std::ostream& operator<<(std::ostream& out, const durations& of) {
    const auto ms = [&](std::size_t percent) {
        return std::chrono::duration<double, std::milli>(quantile(of, percent)).count();
    };
    return out << of.size() << " redemptions, p50 " << ms(50) << " ms, p99 " << ms(99) << " ms";
}

// Callers of the gateway on one loop, each with a connection of its own.
class crowd {
public:
    explicit crowd(std::uint16_t port) : port_(port) {}

    // Vouchers, whose platform will not answer for a while; each caller waits for its answer.
    void begin_stalled() {
        for (int i = 0; i < stalled_callers; ++i) {
            const auto name = "stall" + std::to_string(i);
            tasks_.spawn(redeem_one(name, voucher_body(name, "CODE-" + name)));
        }
    }

    // Tickets, one after another by each of a few callers, for so long.
    durations redeem_tickets(milliseconds how_long) {
        durations took;
        const auto end = steady_clock::now() + how_long;
        task_group callers(loop_.get_executor(), fail);
        for (int i = 0; i < healthy_callers; ++i) {
            callers.spawn(redeem_until(end, took));
        }
        run_until_empty(callers);
        std::sort(took.begin(), took.end());
        return took;
    }

    void run_until_all_answered() { run_until_empty(tasks_); }

    int confirmed() const noexcept { return confirmed_; }

private:
    using task_group = base::task_group;

    void run_until_empty(const task_group& group) {
        loop_.restart();
        while (group.size() > 0) {
            loop_.run_one();
        }
    }

    static void fail(const std::exception& e) { ADD_FAILURE() << e.what(); }

    static net::http_request post(const std::string& key, std::string body) {
        net::http_request request;
        request.method = "POST";
        request.target = "/v1/redemptions";
        request.headers.add("Content-Type", "application/json");
        request.headers.add("Idempotency-Key", key);
        request.headers.add("Prefer", "wait=60");
        request.body = std::move(body);
        return request;
    }

    asio::awaitable<void> redeem_one(std::string key, std::string body) {
        const auto request = post(key, std::move(body));
        const net::exchange_options options{.limit = seconds(60)};
        const auto got = co_await stalled_->exchange(request, options);
        EXPECT_EQ(got.response.status, 200U) << got.detail << got.response.body;
        confirmed_ += got.response.status == 200 ? 1 : 0;
    }

    asio::awaitable<void> redeem_until(steady_clock::time_point end, durations& took) {
        while (steady_clock::now() < end) {
            const auto order = std::to_string(1753340805000000000 + ++orders_);
            const auto request = post("ticket-" + order, ticket_body(order));
            const auto begun = steady_clock::now();
            const net::exchange_options options{.limit = seconds(60)};
            const auto got = co_await healthy_->exchange(request, options);
            took.push_back(steady_clock::now() - begun);
            EXPECT_EQ(got.response.status, 200U) << got.detail << got.response.body;
        }
    }

    std::unique_ptr<net::http_client> client(std::size_t connections) {
        net::client_settings settings;
        settings.connections = connections;
        return net::make_http_client(
            loop_.get_executor(), *names_, {false, "127.0.0.1", port_, "/"}, settings
        );
    }

    std::uint16_t port_;
    asio::io_context loop_{1};
    std::unique_ptr<net::resolver_cache> names_ = net::make_resolver_cache(loop_.get_executor());
    std::unique_ptr<net::http_client> stalled_ = client(stalled_callers);
    std::unique_ptr<net::http_client> healthy_ = client(healthy_callers);
    task_group tasks_{loop_.get_executor(), fail};
    std::int64_t orders_ = 0;
    int confirmed_ = 0;
};

std::int64_t in_flight(const world& w, const std::string& account) {
    const auto all = json_of(w.get("/v1/accounts"));
    for (const auto& one : all.at("accounts").as_array()) {
        if (one.as_object().at("name").as_string() == account) {
            return one.as_object().at("in_flight").to_number<std::int64_t>();
        }
    }
    return -1;
}

TEST(Stall, OfOnePlatformLeavesTheOthersAnswersAsFastAsTheyWere) {
    world w(wide_open());
    crowd callers(w.api_port);
    const auto before = callers.redeem_tickets(seconds(4));
    w.fault(R"({"fault":"late","delay_ms":30000,"platform":"alipay","times":"always"})");
    callers.begin_stalled();
    // While they come in, they share the processors; what counts is when they hang. That leaves a
    // loaded machine 25 s of the silence to let them in: who finds the signers busy comes again.
    while (in_flight(w, "shop-a") < stalled_callers && callers.confirmed() == 0) {
        callers.redeem_tickets(milliseconds(100));
    }
    ASSERT_EQ(callers.confirmed(), 0) << "the first are answered before the last have come in";
    const auto during = callers.redeem_tickets(seconds(4));
    EXPECT_EQ(in_flight(w, "shop-a"), stalled_callers);
    std::cout << "before: " << before << "\nwith " << stalled_callers << " in flight to a silent "
              << "platform: " << during << '\n';
    if (!support::sanitized) {
        // The factor leaves room for a build machine with other things to do.
        const auto most =
            std::max<steady_clock::duration>(3 * quantile(before, 99), milliseconds(100));
        EXPECT_LT(quantile(during, 99), most);
    }

    w.clear_faults();
    callers.run_until_all_answered();
    EXPECT_EQ(callers.confirmed(), stalled_callers);
    EXPECT_EQ(w.executed("stall"), stalled_callers);
}

}  // namespace
}  // namespace gateway::flow
