#pragma once

#include <sys/types.h>

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.hpp"

namespace simulator::test {

// The real platform-simulator as a child process on a free port.
class program {
public:
    // Waits until the program listens; fails the test when it does not.
    explicit program(std::vector<std::string> arguments);
    ~program();
    program(const program&) = delete;
    program& operator=(const program&) = delete;

    std::uint16_t port() const noexcept { return port_; }
    // Sends SIGTERM and returns the exit status, or -1 when a signal ended the program.
    int stop();

private:
    pid_t child_ = -1;
    std::uint16_t port_ = 0;
};

// The bytes received over one connection.
struct wire_answer {
    int error = 0;      // errno of connect, send or receive; 0 after an orderly close
    std::string bytes;  // everything received before the end

    std::string status_line() const;
    std::string body() const;
};

std::string http_text(const gateway::net::http_request& request);
// Connects, sends and reads until the peer closes or resets; each step has ten seconds.
wire_answer send_raw(std::uint16_t port, std::string_view text);
wire_answer send_request(std::uint16_t port, const gateway::net::http_request& request);
// Makes a control call and returns the answer's JSON.
boost::json::object control_call(
    std::uint16_t port, std::string_view method, std::string_view path, std::string body = {}
);

}  // namespace simulator::test
