#pragma once

#include "platform_clients/probe.hpp"

namespace gateway::taobao {

using probe = platform_clients::probe;

}  // namespace gateway::taobao
