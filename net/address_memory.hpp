#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <vector>

#include "net/byte_stream.hpp"

namespace gateway::net {

// Remembers for five minutes which addresses of a name failed to connect. They are tried after the
// others, so that a dead address costs its share of the time once and not with every connection. A
// pure value: time is an argument.
class address_memory {
public:
    using endpoint = asio::ip::tcp::endpoint;

    // `resolved` in its order, but with the failed addresses at the end, the latest failure last.
    std::vector<endpoint> in_order(std::vector<endpoint> resolved, steady_time now);
    void on_failure(const endpoint& address, steady_time now);
    void on_success(const endpoint& address);

private:
    struct failure {
        endpoint address;
        steady_time at;
    };
    std::vector<failure> failures_;  // the latest last
};

}  // namespace gateway::net
