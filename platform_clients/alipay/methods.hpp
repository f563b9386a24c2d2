#pragma once

#include <span>

#include "platform_clients/alipay/method.hpp"

namespace gateway::alipay {

// Every Alipay method the gateway knows, as methods.def lists them.
std::span<const client_method* const> methods();

}  // namespace gateway::alipay
