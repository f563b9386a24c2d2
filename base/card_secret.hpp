#pragma once

#include "base/secret_text.hpp"

namespace gateway::base {

// A text that a caller entrusts to the gateway and whose holder can have the goods: a code, a card
// number or its password, an order's token.
using card_secret = guarded_text<struct card_secret_tag>;

}  // namespace gateway::base
