#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "base/task_group.hpp"
#include "base/worker_pool.hpp"
#include "net/http_server.hpp"
#include "net/listener.hpp"
#include "net/tls_server.hpp"
#include "simulator/alipay/endpoint.hpp"
#include "simulator/bench_answers.hpp"
#include "simulator/control.hpp"
#include "simulator/exchange.hpp"
#include "simulator/options.hpp"
#include "simulator/taobao/endpoint.hpp"

namespace simulator {

// The whole simulator on one loop: owns the books, the platforms and every connection. Loop thread
// only.
class server {
public:
    // Throws `std::runtime_error` for a ledger or key that cannot be used.
    server(boost::asio::any_io_executor loop, const settings& known, const options& chosen);

    // Told once for each port, the one without TLS first.
    using on_listening = std::function<void(std::uint16_t port, bool tls)>;

    // Listens and serves until stop(). Throws when a port cannot be had.
    boost::asio::awaitable<void> run(on_listening listening);
    void stop();

private:
    // A port, and its listener while it is open.
    struct door {
        gateway::net::listen_address where;
        bool tls = false;
        std::unique_ptr<gateway::net::listener> open;
    };

    void open_door(door& one);
    boost::asio::awaitable<void> keep_open(door& one);
    void stop_listening();
    void admit(gateway::net::stream_ptr stream, bool tls);
    boost::asio::awaitable<void> serve_tls(
        gateway::net::stream_ptr stream, gateway::net::tls_server_context shown
    );
    boost::asio::awaitable<void> serve(gateway::net::stream_ptr stream);
    boost::asio::awaitable<void> talk(gateway::net::byte_stream& stream);
    boost::asio::awaitable<bool> exchange(
        gateway::net::byte_stream& stream, const gateway::net::http_request& request
    );
    boost::asio::awaitable<bool> exchange_control(
        gateway::net::byte_stream& stream, const gateway::net::http_request& request
    );
    boost::asio::awaitable<bool> exchange_bench(
        gateway::net::byte_stream& stream, const gateway::net::http_request& request, platform where
    );
    void close_doors(std::chrono::milliseconds time);

    boost::asio::any_io_executor loop_;
    gateway::base::worker_pool handshakes_{1, 1024};
    ledger books_;
    fault_book faults_;
    request_log requests_;
    delays waits_;
    control control_;
    alipay_side alipay_;
    taobao_side taobao_;
    std::optional<bench_answers> bench_;
    std::chrono::milliseconds processing_;

    std::vector<door> doors_;
    std::optional<gateway::net::tls_server_context> certificate_;
    std::optional<gateway::net::tls_server_context> wrong_certificate_;
    std::chrono::milliseconds closed_for_{0};
    bool stopping_ = false;
    std::map<gateway::net::byte_stream*, bool> connections_;  // and whether each is at work
    gateway::base::task_group sessions_;
};

}  // namespace simulator
