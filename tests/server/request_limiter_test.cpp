#include "server/http/request_limiter.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace gateway::server {
namespace {

using handlers::caller_identity;

const caller_identity alice{redemption::caller_name("alice"), {}};
const caller_identity bob{redemption::caller_name("bob"), {}};

// How many turns of 8 `who` gets beside those that are taken, and the word that ends it.
struct taken {
    std::vector<in_flight::turn> turns;
    std::string_view refusal;
};

taken take_all(in_flight& all, const caller_identity& who) {
    taken out;
    for (;;) {
        auto got = all.enter(who);
        if (auto* turn = std::get_if<in_flight::turn>(&got)) {
            out.turns.push_back(std::move(*turn));
            continue;
        }
        out.refusal = std::get<std::string_view>(got);
        return out;
    }
}

TEST(InFlight, OneOfSeveralCallersLeavesRoomForTheOthers) {
    in_flight all(8, true);
    const auto first = take_all(all, alice);
    EXPECT_EQ(first.turns.size(), 6U);
    EXPECT_EQ(first.refusal, "caller_share");
    const auto second = take_all(all, bob);
    EXPECT_EQ(second.turns.size(), 2U);
    EXPECT_EQ(second.refusal, "in_flight");
}

TEST(InFlight, WhoIsAloneMayTakeItAll) {
    in_flight all(8, false);
    EXPECT_EQ(take_all(all, alice).turns.size(), 8U);
}

TEST(InFlight, ATurnComesBackWhenItEnds) {
    in_flight all(8, true);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(take_all(all, alice).turns.size(), 6U);
        EXPECT_EQ(all.size(), 0U);
    }
}

TEST(InFlight, TheSmallestLimitLetsAnybodyIn) {
    in_flight all(1, true);
    EXPECT_EQ(take_all(all, alice).turns.size(), 1U);
}

TEST(InFlight, PlacesAreScarceBeforeAnybodyIsRefused) {
    for (const std::size_t most : {1U, 2U, 3U, 4U, 8U}) {
        in_flight all(most, true);
        EXPECT_FALSE(all.scarce()) << most;
        const auto first = take_all(all, alice);
        EXPECT_TRUE(all.scarce()) << most;
    }
    in_flight all(8, true);
    std::vector<in_flight::turn> turns;
    for (int i = 0; i < 2; ++i) {
        turns.push_back(std::get<in_flight::turn>(all.enter(alice)));
        EXPECT_FALSE(all.scarce()) << turns.size();
    }
    turns.push_back(std::get<in_flight::turn>(all.enter(alice)));
    EXPECT_TRUE(all.scarce());
}

}  // namespace
}  // namespace gateway::server
