#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <vector>

#include "net/byte_stream.hpp"

namespace gateway::net {

// Which of a name's addresses could not be connected to lately: those are tried after the others,
// so that a dead one costs its share of the time once and not with every connection. A pure value:
// time is an argument.
class address_memory {
public:
    using endpoint = asio::ip::tcp::endpoint;

    // As given, but those that failed lately behind the others, the latest failure last.
    std::vector<endpoint> in_order(std::vector<endpoint> found, steady_time now);
    void failed(const endpoint& which, steady_time now);
    void worked(const endpoint& which);

private:
    struct failure {
        endpoint where;
        steady_time when;
    };
    std::vector<failure> failed_;  // the latest last; none older than in_order() remembers
};

}  // namespace gateway::net
