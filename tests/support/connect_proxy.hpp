#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gateway::support {

// An HTTP proxy on the loopback address, on a thread of its own: CONNECT to any name leads to the
// same port there. Calls from any thread.
class connect_proxy {
public:
    enum class manner {
        works,
        refuses,              // 403
        wants_credentials,    // 407 unless the request has `authorization`
        finds_no_way,         // 502
        hangs,                // reads the request, and never answers
        resets,               // after it has read the request
        closes,               // likewise, in order
        speaks_garbage,       // instead of HTTP
        speaks_for_target,    // bytes behind its 200
        answers_without_end,  // a head that goes on and on
        resets_the_tunnel,    // after it has let some bytes through
    };

    explicit connect_proxy(manner how = manner::works);
    ~connect_proxy();
    connect_proxy(const connect_proxy&) = delete;

    std::uint16_t port() const noexcept { return port_; }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    // For later connections.
    void behave(manner how) noexcept { manner_ = how; }
    // The value of Proxy-Authorization that `wants_credentials` accepts.
    void accept_credentials(std::string authorization);
    // The heads of the requests so far.
    std::vector<std::string> requests() const;

private:
    using tcp = boost::asio::ip::tcp;

    boost::asio::awaitable<void> accept_all();
    boost::asio::awaitable<void> serve(tcp::socket client);
    boost::asio::awaitable<void> answer(tcp::socket& client, const std::string& head, manner how);
    boost::asio::awaitable<void> relay(tcp::socket& client, const std::string& head, manner how);
    bool may_pass(const std::string& head) const;

    std::atomic<manner> manner_;
    mutable std::mutex guard_;
    std::string authorization_;
    std::vector<std::string> requests_;
    boost::asio::io_context loop_{1};
    tcp::acceptor acceptor_;
    std::uint16_t port_ = 0;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace gateway::support
