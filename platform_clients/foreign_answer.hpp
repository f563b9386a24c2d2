#pragma once

#include <cstdint>
#include <optional>

#include "base/redacted_text.hpp"
#include "net/http_message.hpp"

namespace gateway::platform_clients {

// The statuses with which a platform sends answers of its own.
enum class own_statuses : std::uint8_t {
    only_200,         // Alipay
    every_2xx_or_400  // TOP, whose errors may also come as XML
};

// The host that seems to have answered in place of the platform, in one sentence for people: a
// status that it does not use, a content coding that was not asked for, or a body that is no JSON
// object (a proxy's block page, a captive portal). Headers and page title are shortened and masked.
// Nothing: the body may be the platform's.
std::optional<base::redacted_text> foreign_answer(
    const net::http_response& response, own_statuses own, const base::masker& secrets
);

// The traces of the host that gave a response, to stand behind a sentence about it:
// ` (page title "Blocked", Server "squid")`; empty: nothing.
base::redacted_text traces_of(const net::http_response& response, const base::masker& secrets);

}  // namespace gateway::platform_clients
