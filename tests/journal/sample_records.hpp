#pragma once

#include <cstdint>
#include <string>

#include "redemption/journal.hpp"

namespace gateway::journal::testing {

// Milliseconds after a fixed moment in 2026.
redemption::time_point at(std::int64_t milliseconds);

// The id of the n-th redemption, made `n` seconds after that moment: greater n, greater id
// (UUIDv7).
redemption::redemption_id id_of(int n);

// The n-th wish: everything set, nothing shared with any other wish.
redemption::record wish(int n);

redemption::attempt started_attempt(std::uint32_t number, std::int64_t milliseconds);
// The same, ended a second later.
redemption::attempt ended_attempt(std::uint32_t number, std::int64_t milliseconds);

// Brings a pending redemption to a state.
redemption::settlement settlement_to(
    const redemption::redemption_id& id, redemption::state state, std::int64_t milliseconds
);

// Everything a record holds, as lines, for comparison in one EXPECT_EQ.
std::string text_of(const redemption::record& record);

}  // namespace gateway::journal::testing
