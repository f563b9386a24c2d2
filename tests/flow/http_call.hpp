#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace gateway::flow {

struct answer {
    unsigned status = 0;                              // 0: the connection ended without an answer
    std::multimap<std::string, std::string> headers;  // names in lower case
    std::string body;

    std::string header(const std::string& name) const;
};

std::string lower(std::string text);

// Sends one HTTP/1.1 request over a new connection to 127.0.0.1 and blocks until the answer.
answer call(
    std::uint16_t port,
    const std::string& method,
    const std::string& target,
    const std::map<std::string, std::string>& headers = {},
    const std::string& body = {},
    std::chrono::seconds limit = std::chrono::seconds(30)
);

// Sends `bytes` unchanged and returns the bytes received until the peer closes or `limit` passes.
std::string raw_exchange(
    std::uint16_t port,
    const std::string& bytes,
    std::chrono::seconds limit = std::chrono::seconds(15)
);

// Sends `bytes` over a new connection and closes it without reading.
void send_and_disconnect(std::uint16_t port, const std::string& bytes);

}  // namespace gateway::flow
