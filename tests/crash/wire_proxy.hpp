#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "descriptor.hpp"

namespace gateway::crash {

// A relay between the gateway and the simulator that holds either direction after any byte, so that
// a process can be killed at an exact byte of an exchange. Works on a thread of its own; calls from
// any thread.
class wire_proxy {
public:
    static constexpr std::size_t everything = static_cast<std::size_t>(-1);

    // The state of one connection.
    struct link_view {
        std::string request;  // what the gateway has sent on it, passed on or not
        std::size_t request_passed = 0;
        std::string answer;  // what the simulator has sent
        std::size_t answer_passed = 0;
        bool gateway_connected = true;
        bool held = false;  // a direction has bytes that it may not pass on
        bool due = false;   // a direction has bytes that it is about to pass on
    };

    explicit wire_proxy(std::uint16_t platform_port);
    ~wire_proxy();
    wire_proxy(const wire_proxy&) = delete;
    wire_proxy& operator=(const wire_proxy&) = delete;

    std::uint16_t port() const noexcept { return port_; }
    // Each connection, later ones included, passes on so many more bytes from now.
    void allow(std::size_t request_bytes, std::size_t answer_bytes);
    // The same for later connections only.
    void allow_later_connections(std::size_t request_bytes, std::size_t answer_bytes);
    // Loses what is held: all connections are reset.
    void cut();
    // From now on connections are refused, or accepted again.
    void refuse_connections();
    void accept_connections();
    // The connections, oldest first; old closed ones are left out.
    std::vector<link_view> links() const;
    // Counts connections and passed pieces; grows with every one.
    std::uint64_t movements() const;
    bool any_held() const;

private:
    struct pipe {
        std::string bytes;
        std::size_t passed = 0;
        std::size_t allowed = everything;
        bool ended = false;  // nothing more comes in
        bool end_passed = false;

        bool may_pass() const { return passed < bytes.size() && passed < allowed; }
        bool held() const { return passed < bytes.size() && passed >= allowed; }
    };
    struct link {
        descriptor gateway;
        descriptor platform;
        pipe request;
        pipe answer;
    };

    void run();
    bool step();
    void accept_waiting();
    void forget_closed();
    void serve(link& one, short gateway_events, short platform_events);
    static bool read_into(descriptor& from, pipe& to);
    bool pass_on(pipe& from, descriptor& to);
    void wake() const;

    const std::uint16_t platform_port_;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;  // guards what follows
    descriptor listener_;
    std::list<link> links_;
    std::size_t request_allowance_ = everything;
    std::size_t answer_allowance_ = everything;
    std::uint64_t movements_ = 0;
    bool stopping_ = false;
    descriptor wake_;
    std::thread thread_;  // last: it uses all of the above
};

// How long the first HTTP message in `bytes` is when complete, else 0. Its length must be given by
// Content-Length.
std::size_t complete_message(const std::string& bytes);

}  // namespace gateway::crash
