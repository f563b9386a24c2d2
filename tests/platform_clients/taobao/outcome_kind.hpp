#pragma once

#include <string>

#include "redemption/platform_method.hpp"

namespace gateway::taobao {

// The ways an error can be judged, short enough for a table.
inline std::string kind(const redemption::attempt_outcome& outcome) {
    std::string text(redemption::to_string(outcome.verdict));
    text += outcome.stops == redemption::fault_scope::account ? " account" : "";
    text += outcome.stops == redemption::fault_scope::method ? " method" : "";
    text += outcome.retry_once ? " once" : "";
    text += outcome.ban ? " ban" : "";
    text += outcome.ban_guessed ? " guessed" : "";
    text += outcome.source == redemption::error_source::gateway ? " gateway" : "";
    return text;
}

}  // namespace gateway::taobao
