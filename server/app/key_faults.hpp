#pragma once

#include <string>
#include <vector>

#include "base/redacted_text.hpp"

namespace gateway::server {

// The faults of key files, for log lines: the sentences name settings, paths and what a
// library found, and nothing of the files' content.
inline std::vector<base::redacted_text> shown(const std::vector<std::string>& faults) {
    std::vector<base::redacted_text> out;
    out.reserve(faults.size());
    for (const auto& fault : faults) {
        out.push_back(base::redacted_text::trusted(fault));
    }
    return out;
}

}  // namespace gateway::server
