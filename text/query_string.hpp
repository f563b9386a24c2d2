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

// Splits "a=1&b=%20" and percent-decodes names and values. A '+' stays a plus (RFC 3986), so that
// the offset of a time needs no escaping. Nothing if an escape is broken.
std::optional<std::vector<query_parameter>> read_query(std::string_view query);

}  // namespace gateway::text
