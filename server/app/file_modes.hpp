#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace gateway::server {

// One sentence for each secret file and each file of the journal that other users of the machine
// may read or change. A file that the group must read because it is not the process's own, as
// mounted secrets are, counts only what everybody else may do. Blocks on files.
std::vector<std::string> files_open_to_others(const config::settings& settings);

}  // namespace gateway::server
