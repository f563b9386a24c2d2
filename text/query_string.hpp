#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::text {

struct query_parameter {
    std::string name;
    std::string value;
};

// "a=1&b=%20" taken apart and percent-decoded. A '+' stays a plus (RFC 3986), so that an offset in
// a time needs no escaping. Nothing when an escape is broken.
std::optional<std::vector<query_parameter>> read_query(std::string_view query);

}  // namespace gateway::text
