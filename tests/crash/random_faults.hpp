#pragma once

#include <map>
#include <string>

#include "random_wishes.hpp"

namespace gateway::crash {

// The JSON of one fault for the simulator, with random parameters. Never one by which the platform
// would call something refused that it did.
std::string random_fault(generator& random);

}  // namespace gateway::crash
