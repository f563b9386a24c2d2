#pragma once

#include <memory>
#include <string>

#include "net/http_message.hpp"
#include "simulator/form.hpp"
#include "simulator/time_text.hpp"

// The interface between the HTTP server and the two simulated platforms.

namespace simulator {

class active_faults;

enum class platform { alipay, taobao };

constexpr const char* to_string(platform which) {
    return which == platform::alipay ? "alipay" : "taobao";
}

// The claims of a request, extracted before any check of them.
struct call_facts {
    platform where = platform::alipay;
    std::string method;
    std::string natural_key;
    form_fields fields;  // UTF-8, query first
};

struct platform_answer {
    gateway::net::http_response response;
    std::string verdict;  // for the request log: executed, replayed, refused, ...
};

// One request inside a platform. Construction checks it; `answer` executes it.
class platform_call {
public:
    virtual ~platform_call() = default;
    virtual const call_facts& facts() const noexcept = 0;
    // Must be called at most once.
    virtual platform_answer answer(const active_faults& faults, wall_time now) = 0;
};

class platform_endpoint {
public:
    virtual ~platform_endpoint() = default;
    // Reads and checks the request; the ledger does not change.
    virtual std::unique_ptr<platform_call> receive(
        const gateway::net::http_request& request, wall_time now
    ) = 0;
};

}  // namespace simulator
