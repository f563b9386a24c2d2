#pragma once

#include <map>
#include <string>

#include "random_wishes.hpp"

namespace gateway::crash {

// The JSON of one fault for the simulator, with random parameters; never one under which the
// platform executes a request and answers that it was refused.
std::string random_fault(generator& random);

}  // namespace gateway::crash
