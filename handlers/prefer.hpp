#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_message.hpp"

namespace gateway::handlers {

// A caller's preference about waiting (RFC 7240 §4.1, §4.3).
struct wait_preference {
    std::optional<std::chrono::seconds> wait;  // at most 60 s
    bool respond_async = false;

    // The time to wait: the caller's; none for a lone `respond-async`; else `otherwise`.
    std::chrono::seconds length(std::chrono::seconds otherwise) const;
    // The Preference-Applied field's value; empty: no such field.
    std::string applied() const;
};

// Reads one Prefer value, or several joined by commas. Malformed and unknown preferences are
// ignored; of a repeated one the first counts (RFC 7240 §2).
wait_preference read_prefer(std::string_view value);
wait_preference read_prefer(const net::header_list& headers);

}  // namespace gateway::handlers
