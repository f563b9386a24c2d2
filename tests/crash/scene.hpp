#pragma once

#include <future>
#include <memory>
#include <ostream>
#include <string>

#include "journal_view.hpp"
#include "loopback.hpp"
#include "tests/flow/world.hpp"
#include "wire_proxy.hpp"

namespace gateway::crash {

// One method as the matrix plays it.
struct method_row {
    const char* name;
    bool replay_safe;
    std::string (*body)(const std::string& natural);
    // Another redemption of the same account that is always replay-safe.
    std::string (*neighbour)();

    friend void PrintTo(const method_row& row, std::ostream* out) { *out << row.name; }
};

// One redemption in a world of its own, with a relay between gateway and simulator. The gateway is
// not started yet.
struct scene {
    explicit scene(const method_row& method);

    // The gateway's accounts send through the relay, or to `port`.
    void start();
    void start_towards(std::uint16_t port);
    // Starts the redemption's POST without waiting for its answer.
    void begin_post();
    // Posts it with Prefer: respond-async; gives the answer's status.
    unsigned post_and_leave() const;
    // Waits until the whole request is in the relay, which has passed nothing on.
    bool request_held();
    // Waits until it is executed and its whole answer is in the relay, which has passed none of it
    // on.
    bool answer_held();
    // Waits until the gateway has read everything that the relay passed on to it.
    bool gateway_read_all() const;
    std::size_t request_size() const;
    std::size_t answer_size() const;
    std::optional<journal_row> committed() const;

    const std::string key = "the-key";
    const std::string natural = "1753340805138540001";
    const method_row& method;
    const std::string body;
    flow::world w;
    wire_proxy wire;
    std::future<flow::answer> caller;  // of begin_post()
};

}  // namespace gateway::crash
