#include "server/http/router.hpp"

namespace gateway::server {
namespace {

// The segment at the pattern's {…} (empty when it has none), or nothing when the path does not
// match.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
    const auto hole = pattern.find('{');
    if (hole == std::string_view::npos) {
        return pattern == path ? std::optional(std::string_view()) : std::nullopt;
    }
    const auto head = pattern.substr(0, hole);
    const auto tail = pattern.substr(pattern.find('}', hole) + 1);
    if (path.size() <= head.size() + tail.size() || !path.starts_with(head) ||
        !path.ends_with(tail)) {
        return std::nullopt;
    }
    const auto id = path.substr(head.size(), path.size() - head.size() - tail.size());
    return id.find('/') == std::string_view::npos ? std::optional(id) : std::nullopt;
}

void add_allowed(std::string& allow, std::string_view method) {
    allow += method;
    allow += ", ";
    if (method == "GET") {
        allow += "HEAD, ";
    }
}

}  // namespace

route_match router::find(std::string_view method, std::string_view target) const {
    const auto mark = target.find('?');
    const auto path = target.substr(0, mark);
    const auto wanted = method == "HEAD" ? std::string_view("GET") : method;
    route_match out;
    if (mark != std::string_view::npos) {
        out.query = target.substr(mark + 1);
    }
    for (const auto& candidate : routes_) {
        const auto id = match(candidate.pattern, path);
        if (!id) {
            continue;
        }
        out.pattern = candidate.pattern;
        add_allowed(out.allow, candidate.method);
        if (candidate.method == wanted) {
            out.found = &candidate;
            out.id = *id;
        }
    }
    if (!out.pattern.empty()) {
        out.allow += "OPTIONS";
    }
    return out;
}

}  // namespace gateway::server
