#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <variant>

#include "handlers/handler.hpp"
#include "handlers/problem.hpp"
#include "redemption/model.hpp"
#include "redemption/service.hpp"

namespace gateway::handlers {

// The checked body of POST /v1/redemptions.
struct create_wish {
    const redemption::platform_method* method = nullptr;
    std::optional<redemption::account_name> account_given;
    std::optional<redemption::account_name> account;  // in effect; absent: see no_account
    problem no_account;  // why there is none; refuses a wish that is new
    // Without an account the wish may still repeat an earlier one, of the account of that time.
    bool may_repeat = true;
    // Refuses a wish that is new. Its codes hold what an earlier version did not look for, so that
    // an earlier redemption of the same wish may have been accepted.
    std::optional<problem> unfit_codes;
    std::chrono::seconds expires_in{0};
    redemption::terms terms;
    redemption::fingerprint fingerprint{};  // of the canonical body: equal wishes, equal digest
};

// The caller may not use the account, which is named only if the text can be the name of one.
problem forbidden_account(const redemption::account_name& account);

// Reads strict JSON with the members method, account, params, expires_in (1 s to 30 days) and
// reports all faults at once by JSON pointer, those of the parameters under /params (docs/api.md,
// Creating a redemption). What `caller` may not use is refused before that.
std::variant<create_wish, problem> read_create_body(
    std::string_view body, const redemption::directory& directory, const caller_identity& caller
);

}  // namespace gateway::handlers
