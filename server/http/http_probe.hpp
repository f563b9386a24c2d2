#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/redacted_text.hpp"
#include "redemption/model.hpp"

namespace gateway::net {
struct http_response;
}

namespace gateway::server {

// A mark of one exchange that log lines may show, because its syntax was checked or the gateway
// wrote it. A view of the request or the response.
class exchange_mark {
public:
    static constexpr bool may_be_shown = true;

    exchange_mark() = default;
    // The 32 hexadecimal digits in a `traceparent` field (W3C Trace Context §3.2.2), or nothing.
    static exchange_mark trace_id(std::string_view traceparent) noexcept;
    // The X-Request-Id that the response carries: a new one, or the caller's, whose syntax was
    // checked (request_id.hpp).
    static exchange_mark request_id(const net::http_response& response) noexcept;
    // The path of the redemption that a response is about, or nothing.
    static exchange_mark redemption(const net::http_response& response) noexcept;

    std::string_view view() const noexcept { return text_; }
    bool empty() const noexcept { return text_.empty(); }

private:
    explicit exchange_mark(std::string_view text) : text_(text) {}

    std::string_view text_;
};

// One answered request. `route` is the table's pattern ("" where none matched), `caller` absent if
// it is not known; the marks may be empty, but for the request id, which is the caller's own or a
// new one.
struct exchange_facts {
    base::fixed_text listener = "";
    base::fixed_text route = "";
    std::string_view method;
    unsigned status = 0;
    // Absent where the request was refused before it was read.
    std::optional<std::chrono::nanoseconds> took;
    const redemption::caller_name* caller = nullptr;
    exchange_mark trace_id;
    exchange_mark request_id;
    bool named_by_caller = false;  // the request id is the caller's
    exchange_mark redemption;
};

// Events that listeners and sessions report. Loop thread only.
class http_probe {
public:
    virtual ~http_probe() = default;
    virtual void connection_opened(base::fixed_text listener) = 0;
    virtual void connection_closed(base::fixed_text listener) = 0;
    virtual void connection_refused(base::fixed_text listener
    ) = 0;  // all others have a request at work
    // One that waited for its peer was closed for another connection, or for the memory it held.
    virtual void connection_evicted(base::fixed_text listener) = 0;
    virtual void handshake_failed(base::fixed_text listener, const base::redacted_text& why) = 0;
    // A request was answered with a Retry-After; `reason` is one of a few words.
    virtual void shed(base::fixed_text listener, base::fixed_text reason) = 0;
    virtual void accept_failed(base::fixed_text listener, const base::redacted_text& why) = 0;
    virtual void answered(const exchange_facts& facts) = 0;
    virtual void handler_failed(base::fixed_text route, const base::redacted_text& why) = 0;
};

}  // namespace gateway::server
