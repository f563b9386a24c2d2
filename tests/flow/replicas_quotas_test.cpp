// Tests of what several gateways share of an account: its rate and its bans, counted at the
// platform.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <chrono>
#include <ctime>
#include <iostream>
#include <thread>

#include "replicas_world.hpp"

namespace gateway::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

const std::map<std::string, std::string> at_once{{"Prefer", "respond-async"}};
constexpr int rate = 20;
constexpr std::size_t replicas = 3;

world_options limited() {
    world_options chosen;
    chosen.account_extra =
        "    limits: { requests_per_second: " + std::to_string(rate) + ", in_flight: 64 }\n";
    return chosen;
}

std::string number(int n) {
    return std::to_string(1'753'340'805'138'700'000 + n);
}

// "2026-01-02T03:04:05.678Z", in milliseconds.
std::int64_t time_of(const std::string& text) {
    std::tm parts{};
    strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    return std::int64_t{timegm(&parts)} * 1000 + std::stoi(text.substr(20, 3));
}

struct seen_request {
    std::int64_t at = 0;
    std::string verdict;
};

std::vector<seen_request> seen(const replicas_world& w) {
    std::vector<seen_request> all;
    const auto body = json_of(w.platform.control("GET", "/_sim/requests"));
    for (const auto& item : body.at("requests").as_array()) {
        all.push_back(
            {.at = time_of(std::string(item.at("at").as_string())),
             .verdict = std::string(item.at("verdict").as_string())}
        );
    }
    return all;
}

// The most requests in any time of this length.
int most_within(const std::vector<seen_request>& all, std::int64_t length) {
    std::ptrdiff_t most = 0;
    for (auto first = all.begin(); first != all.end(); ++first) {
        auto last = first;
        while (last != all.end() && last->at < first->at + length) {
            ++last;
        }
        most = std::max(most, last - first);
    }
    return static_cast<int>(most);
}

TEST(ReplicasQuotas, AreNeverExceededTogether) {
    replicas_world w(replicas, limited());
    for (std::size_t i = 0; i < replicas; ++i) {
        ASSERT_TRUE(w.ready(i));
    }
    // One replica has most of the work, all have some; one dies in the middle and comes again.
    constexpr int all = 160;
    const auto begun = steady_clock::now();
    for (int i = 0; i < all; ++i) {
        const auto replica = i % 8 < 6 ? 0U : static_cast<unsigned>(i % 8 - 5);
        const auto got =
            w.post(replica, "k" + number(i), voucher_body(number(i), "CODE" + number(i)), at_once);
        EXPECT_EQ(got.status, 202U) << got.body;
    }
    ASSERT_TRUE(w.platform.executes(all / 4));
    w.kill(2);
    w.start(2);
    EXPECT_TRUE(w.platform.executes(all)) << w.platform.executed_in_all();
    const auto took = std::chrono::floor<milliseconds>(steady_clock::now() - begun);
    const auto requests = seen(w);
    for (const std::int64_t length : {1, 2, 4}) {
        const auto most = most_within(requests, length * 1000);
        std::cout << most << " requests within " << length << " s\n";
        EXPECT_LE(most, rate * (length + 1) + static_cast<int>(replicas)) << length << " s";
    }
    std::cout << all << " took " << took.count() << " ms\n";
}

TEST(ReplicasQuotas, ABanThatOneIsToldHoldsForAll) {
    const replicas_world w(replicas, limited());
    for (std::size_t i = 0; i < replicas; ++i) {
        ASSERT_TRUE(w.ready(i));
    }
    w.platform.fault(R"({"fault":"throttle","ban_s":4,"times":1,"platform":"taobao"})");
    const auto until = steady_clock::now() + seconds(5);
    int posted = 0;
    while (steady_clock::now() < until) {
        const auto replica = static_cast<unsigned>(posted) % replicas;
        w.post(replica, "k" + number(posted), ticket_body(number(posted)), at_once);
        ++posted;
        std::this_thread::sleep_for(milliseconds(100));
    }
    const auto requests = seen(w);
    ASSERT_FALSE(requests.empty());
    const auto told = requests.front().at;
    int early = 0;
    int late = 0;
    for (const auto& one : requests) {
        early += one.at < told + 1500 ? 1 : 0;
        late += one.at >= told + 1500 && one.at < told + 3900 ? 1 : 0;
    }
    std::cout << posted << " posted; " << early << " requests until 1.5 s after the ban, " << late
              << " during the rest of it\n";
    EXPECT_EQ(late, 0);
    EXPECT_LE(early, rate + static_cast<int>(replicas));
    EXPECT_TRUE(w.platform.executes(posted));
}

}  // namespace
}  // namespace gateway::flow
