#pragma once

#include <cstdint>
#include <string>

#include "redemption/journal.hpp"

namespace gateway::journal::testing {

// Milliseconds after a fixed moment in 2026.
redemption::time_point at(std::int64_t milliseconds);

// The id of the n-th redemption, created `n` seconds after that moment; ids grow with n (UUIDv7).
redemption::redemption_id id_of(int n);

// The n-th wish: every member is set and shared with no other wish.
redemption::record wish(int n);

redemption::attempt started_attempt(std::uint32_t number, std::int64_t milliseconds);
// The same, ended a second later.
redemption::attempt ended_attempt(std::uint32_t number, std::int64_t milliseconds);

// Brings a pending redemption to a state.
redemption::settlement settlement_to(
    const redemption::redemption_id& id, redemption::state state, std::int64_t milliseconds
);

// An operator's, of an unknown one: nobody else settles that without an attempt's end.
redemption::settlement settlement_by_operator(
    const redemption::redemption_id& id, redemption::state state, std::int64_t milliseconds
);

// All members of a record as text, for comparison in one EXPECT_EQ.
std::string text_of(const redemption::record& record);

}  // namespace gateway::journal::testing
