#pragma once

#include <span>

#include "platform_clients/taobao/method.hpp"

namespace gateway::taobao {

// Every TOP method the gateway knows, as methods.def lists them.
std::span<const client_method* const> methods();

}  // namespace gateway::taobao
