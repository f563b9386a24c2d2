#pragma once

#include <string>

namespace gateway::text {

// One fault of a JSON document. `pointer` is an RFC 6901 JSON pointer into it.
struct member_fault {
    std::string pointer;
    std::string detail;
};

}  // namespace gateway::text
