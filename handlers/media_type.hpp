#pragma once

#include <string_view>

namespace gateway::handlers {

// True for application/json, bare or with charset=utf-8 or utf8 (RFC 9110 §8.3.1; names in any
// case).
bool is_json(std::string_view content_type) noexcept;

}  // namespace gateway::handlers
