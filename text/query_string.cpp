#include "text/query_string.hpp"

#include "text/url_encoding.hpp"

namespace gateway::text {

std::optional<std::vector<query_parameter>> read_query(std::string_view query) {
    std::vector<query_parameter> out;
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        if (pair.empty()) {
            continue;
        }
        const auto equals = pair.find('=');
        auto name = percent_decode(pair.substr(0, equals));
        auto value = equals == std::string_view::npos ? std::string()
                                                      : percent_decode(pair.substr(equals + 1));
        if (!name || !value) {
            return std::nullopt;
        }
        out.push_back({std::move(*name), std::move(*value)});
    }
    return out;
}

}  // namespace gateway::text
