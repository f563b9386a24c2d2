#pragma once

#include <vector>

#include "platform_clients/alipay/method.hpp"

namespace gateway::alipay {

// Every Alipay method the program knows (methods.def); they live as long as the program.
std::vector<const alipay_method*> all_methods();

}  // namespace gateway::alipay
