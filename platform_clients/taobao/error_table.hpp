#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What TOP's error codes and sub codes mean, as data (TOP docs 101617 and 101645, the e-ticket
// documents, captured answers).

namespace gateway::taobao {

// What an error means for the redemption.
enum class meaning : std::uint8_t {
    throttled,      // a call limit: nothing was dispatched
    account,        // keys, session or permissions of the account
    clock,          // our timestamp: stamp and sign again, once
    gateway_fault,  // the gateway spoke wrongly; nobody's parameters
    parameters,     // a final no because of the parameters alone
    refused,        // a final no that may depend on what happened before
    again_later,    // proven not executed, may come again
    unclear,        // may have been executed
};

// A meaning, and one sentence of ours for people.
struct finding {
    meaning what = meaning::unclear;
    std::string_view words = "the platform answered with an error nobody here knows";
};

// By the code; 15, 50 and the old ones above 500 by the sub code, at last by its prefix in the
// platform's own wording (`isv.` the caller's side, `isp.` the service's).
finding find_error(std::string_view code, const std::optional<std::string>& sub_code) noexcept;

// By the names in the table and `isp.` alone.
std::optional<finding> find_known_sub_code(std::string_view sub_code) noexcept;

}  // namespace gateway::taobao
