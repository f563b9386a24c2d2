#pragma once

#include <optional>

#include "handlers/problem.hpp"
#include "net/http_message.hpp"

namespace gateway::handlers {

// Why a POST with this header is refused before its resource reads it, or nothing: it must be
// application/json without a content coding, which a page of another site can't send without the
// browser asking first, and the browser must not say that such a page sends it
// (docs/api.md, Conventions).
std::optional<problem> refused_post(const net::header_list& headers);

}  // namespace gateway::handlers
