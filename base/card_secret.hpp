#pragma once

#include "base/secret_text.hpp"

namespace gateway::base {

// What a caller entrusts the gateway with: a code, a card number or its password, an order's token.
// Its holder can have the goods.
using card_secret = guarded_text<struct card_secret_tag>;

}  // namespace gateway::base
