#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/async_semaphore.hpp"
#include "config/settings.hpp"
#include "handlers/handler.hpp"

namespace gateway::server {

struct route {
    std::string_view method;           // "GET" serves HEAD too
    base::fixed_text pattern;          // "/v1/redemptions/{id}"
    std::optional<config::role> role;  // the caller needs it; nothing: none is needed
    std::unique_ptr<handlers::handler> handler;
    std::unique_ptr<base::async_semaphore> concurrency = nullptr;  // absent: unlimited
};

// The route of a request line.
struct route_match {
    const route* found = nullptr;  // absent: 404 without a pattern, 405 (or OPTIONS) with one
    base::fixed_text pattern = "";
    std::string_view id;     // the segment at {id}
    std::string_view query;  // behind '?'
    std::string allow;       // the Allow field for this path
};

// The route table. Paths match byte for byte; {id} matches one segment that is not empty.
class router {
public:
    explicit router(std::vector<route> routes) : routes_(std::move(routes)) {}

    route_match find(std::string_view method, std::string_view target) const;
    std::span<const route> routes() const noexcept { return routes_; }

private:
    std::vector<route> routes_;
};

}  // namespace gateway::server
