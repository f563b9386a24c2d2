#pragma once

#include <optional>
#include <string_view>

#include "platform_clients/meaning.hpp"

namespace gateway::platform_clients {

// The meaning of a parameter of every call that a platform misses or calls invalid. The gateway
// makes these parameters, so no caller can correct them. `name` as any platform spells it: "sign",
// "SIGN_TYPE", "app-id". Nothing: it is none of them, so it may be the caller's.
std::optional<meaning> fault_of_common_parameter(std::string_view name);

}  // namespace gateway::platform_clients
