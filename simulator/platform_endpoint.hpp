#pragma once

#include <memory>
#include <string>

#include "net/http_message.hpp"
#include "simulator/form.hpp"
#include "simulator/time_text.hpp"

// The seam between the wire and the two platforms.

namespace simulator {

class active_faults;

enum class platform { alipay, taobao };

constexpr const char* to_string(platform which) {
    return which == platform::alipay ? "alipay" : "taobao";
}

// What a request says about itself, before anything in it is believed.
struct call_facts {
    platform where = platform::alipay;
    std::string method;
    std::string natural_key;
    form_fields fields;  // UTF-8, query first
};

struct platform_answer {
    gateway::net::http_response response;
    std::string verdict;  // for the request log: executed, replayed, refused …
};

// One request on its way through a platform. Construction checked it; `answer` executes it.
class platform_call {
public:
    virtual ~platform_call() = default;
    virtual const call_facts& facts() const noexcept = 0;
    // At most once.
    virtual platform_answer answer(const active_faults& faults, wall_time now) = 0;
};

class platform_side {
public:
    virtual ~platform_side() = default;
    // Reads and checks; has no effect on the platform's books.
    virtual std::unique_ptr<platform_call> receive(
        const gateway::net::http_request& request, wall_time now
    ) = 0;
};

}  // namespace simulator
