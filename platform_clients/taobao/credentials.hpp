#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/secret_text.hpp"
#include "config/settings.hpp"

namespace gateway::taobao {

// The credentials of an account. Immutable once in use: an attempt keeps the set it began
// with while a new one takes its place.
struct credentials {
    std::string app_key;
    base::secret_text app_secret;
    base::secret_text session;  // empty: only methods that need none can be called
};

struct credentials_reading {
    std::optional<credentials> read;  // absent if there are faults
    std::vector<std::string> faults;  // one sentence each, naming the setting and the file
    std::vector<std::string> found;   // what --check-config prints
};

// Reads the account's secret files and tries them. White space and anything else that is not
// printable ASCII is a fault: a copied secret catches it easily, and the platform answers it with
// code 25. Blocks on files: at start, for --check-config, or on a worker. Never throws.
credentials_reading read_credentials(const config::taobao_settings& settings);

}  // namespace gateway::taobao
