// The crash matrix: the gateway is killed at each point in the life of a redemption of each method
// (docs/journal.md, What is durable when). Afterwards a caller that repeats the same request gets
// the one right answer, and journal, ledger and every answer agree.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "eventually.hpp"
#include "kill_points.hpp"
#include "platform_view.hpp"

namespace gateway::crash {
namespace {

const method_row methods[] = {
    {"voucher",
     true,
     [](const std::string& n) { return flow::voucher_body(n, "CODE-ONE"); },
     [] {
         return flow::voucher_body("neighbour1", "CODE-NEIGHBOUR");
     }},
    {"ticket",
     false,
     [](const std::string& n) { return flow::ticket_body(n); },
     [] {
         return flow::eticket_body("neighbour1");
     }},
    {"running_total",
     true,
     [](const std::string& n) { return flow::ticket_body(n, 3); },
     [] {
         return flow::eticket_body("neighbour1");
     }},
    {"eticket",
     true,
     [](const std::string& n) { return flow::eticket_body(n); },
     [] {
         return flow::eticket_body("neighbour1");
     }},
};

using cell = std::tuple<method_row, kill_point>;

class CrashMatrix : public ::testing::TestWithParam<cell> {
protected:
    const method_row& method() const { return std::get<0>(GetParam()); }
    const kill_point& point() const { return std::get<1>(GetParam()); }
    std::string expected_state() const {
        return method().replay_safe ? "succeeded" : point().state_if_unsafe;
    }
    std::size_t expected_requests() const {
        return method().replay_safe ? point().requests_if_safe : point().requests_if_unsafe;
    }
    std::int64_t expected_effects() const {
        return method().replay_safe ? 1 : point().executed_if_unsafe;
    }
    std::size_t expected_attempts() const {
        return method().replay_safe ? point().attempts_if_safe : 1;
    }

    // The bytes that the relay held are lost, or arrive when the redemption is settled already.
    void release_old_connections(scene& s) const {
        if (point().arrives_late) {
            s.wire.allow_later_connections(wire_proxy::everything, wire_proxy::everything);
        } else {
            s.wire.cut();
            s.wire.allow(wire_proxy::everything, wire_proxy::everything);
        }
    }
    void expect_agreement(scene& s) const {
        EXPECT_EQ(s.w.executed(s.natural), expected_effects());
        EXPECT_EQ(requests_for(s.w, s.natural), expected_requests());
        const auto row = s.committed();
        ASSERT_TRUE(row);
        EXPECT_EQ(row->state, expected_state());
        EXPECT_EQ(row->replay_safe, method().replay_safe);
        ASSERT_EQ(row->attempts.size(), expected_attempts());
        for (const auto& attempt : row->attempts) {
            EXPECT_TRUE(attempt.finished) << attempt.number;
        }
        if (expected_attempts() == 2 || expected_state() == "unknown") {
            EXPECT_EQ(row->attempts.front().phase, "maybe_sent");
            EXPECT_EQ(row->attempts.front().verdict, "ambiguous");
        }
        if (expected_state() == "unknown") {
            EXPECT_NE(row->error_detail, "") << "no reason is stated";
        }
    }
};

std::string state_of(const flow::answer& got) {
    const auto body = flow::json_of(got);
    const auto* state = body.if_contains("state");
    return state == nullptr ? "none" : std::string(state->as_string());
}

std::string id_of(const flow::answer& got) {
    return std::string(flow::json_of(got).at("id").as_string());
}

TEST_P(CrashMatrix, EndsInTheOneRightAnswer) {
    scene s(method());
    ASSERT_TRUE(point().kill_there(s)) << s.w.gateway->output();
    const auto before = s.caller.valid() ? s.caller.get() : flow::answer{};
    EXPECT_EQ(before.status, point().answer_status) << before.body;
    release_old_connections(s);

    s.start();
    const auto settled = s.w.post_until_settled(s.key, s.body);
    EXPECT_EQ(state_of(settled), expected_state()) << settled.body;
    if (before.status != 0) {
        EXPECT_EQ(before.body, settled.body);
    }
    if (point().arrives_late) {
        s.wire.allow(wire_proxy::everything, wire_proxy::everything);
        EXPECT_TRUE(eventually([&] {
            return requests_for(s.w, s.natural) == expected_requests() &&
                   s.w.executed(s.natural) == expected_effects();
        }));
    }
    expect_agreement(s);

    // An answer once given stands, whatever happens to the process.
    s.w.kill_gateway();
    s.start();
    const auto again = s.w.post_until_settled(s.key, s.body);
    EXPECT_EQ(state_of(again), expected_state());
    EXPECT_EQ(id_of(again), id_of(settled));
    if (expected_state() == "succeeded") {
        EXPECT_EQ(again.header("idempotent-replayed"), "true");
        EXPECT_EQ(again.body, settled.body);
    }
    expect_agreement(s);
}

INSTANTIATE_TEST_SUITE_P(
    ,
    CrashMatrix,
    ::testing::Combine(::testing::ValuesIn(methods), ::testing::ValuesIn(kill_points())),
    [](const auto& given) {
        return std::string(std::get<0>(given.param).name) + "_killed_" +
               std::get<1>(given.param).name;
    }
);

}  // namespace
}  // namespace gateway::crash
