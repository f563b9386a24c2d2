#pragma once

#include "redemption/journal.hpp"

namespace gateway::redemption {

// Makes of a redemption in memory what the journal made of the durable one.
void apply(record& what, const settlement& settled);

}  // namespace gateway::redemption
