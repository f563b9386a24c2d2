#pragma once

#include <chrono>
#include <string_view>

namespace gateway::server {

// One answered request. `route` is the table's pattern ("" where none matched), `trace_id` the
// caller's of W3C Trace Context, `request_id` its own or a new one, `redemption` the path of the
// one it was about; both may be empty.
struct exchange_facts {
    std::string_view listener;
    std::string_view route;
    std::string_view method;
    unsigned status = 0;
    std::chrono::nanoseconds took{0};
    std::string_view caller;
    std::string_view trace_id;
    std::string_view request_id;
    bool named_by_caller = false;  // the request id is the caller's
    std::string_view redemption;
};

// Events that listeners and sessions report. Loop thread only.
class http_probe {
public:
    virtual ~http_probe() = default;
    virtual void connection_opened(std::string_view listener) = 0;
    virtual void connection_closed(std::string_view listener) = 0;
    virtual void connection_refused(std::string_view listener
    ) = 0;  // all others have a request at work
    // One that waited for its peer was closed for another connection, or for the memory it held.
    virtual void connection_evicted(std::string_view listener) = 0;
    virtual void handshake_failed(std::string_view listener, std::string_view why) = 0;
    // A request was answered with a Retry-After; `reason` is one of a few words.
    virtual void shed(std::string_view listener, std::string_view reason) = 0;
    virtual void accept_failed(std::string_view listener, std::string_view why) = 0;
    virtual void answered(const exchange_facts& facts) = 0;
    virtual void handler_failed(std::string_view route, std::string_view why) = 0;
};

}  // namespace gateway::server
