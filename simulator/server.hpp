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

// The whole simulator on one loop; it owns the ledger, the platform endpoints and every connection.
// Only the loop thread may use it.
class server {
public:
    // Throws `std::runtime_error` for a ledger or key that cannot be used.
    server(boost::asio::any_io_executor loop, const settings& known, const options& chosen);

    // Called once per port as soon as it listens, first for the port without TLS.
    using on_listening = std::function<void(std::uint16_t port, bool tls)>;

    // Listens and serves until stop(). Throws when a port cannot be opened.
    boost::asio::awaitable<void> run(on_listening listening);
    void stop();

private:
    // A port with its listener, which exists while the port is open.
    struct listening_port {
        gateway::net::listen_address address;
        bool tls = false;
        std::unique_ptr<gateway::net::listener> listener;
    };

    void open_port(listening_port& port);
    boost::asio::awaitable<void> keep_listening(listening_port& port);
    void stop_listening();
    void on_connection(gateway::net::stream_ptr stream, bool tls);
    boost::asio::awaitable<void> serve_tls(
        gateway::net::stream_ptr stream, gateway::net::tls_server_context certificate
    );
    boost::asio::awaitable<void> serve(gateway::net::stream_ptr stream);
    boost::asio::awaitable<void> serve_requests(gateway::net::byte_stream& stream);
    boost::asio::awaitable<bool> exchange(
        gateway::net::byte_stream& stream, const gateway::net::http_request& request
    );
    boost::asio::awaitable<bool> exchange_control(
        gateway::net::byte_stream& stream, const gateway::net::http_request& request
    );
    boost::asio::awaitable<bool> exchange_bench(
        gateway::net::byte_stream& stream, const gateway::net::http_request& request, platform where
    );
    // Also closes the idle connections; a busy one finishes its request first.
    void close_ports(std::chrono::milliseconds duration);

    boost::asio::any_io_executor loop_;
    gateway::base::worker_pool handshakes_{1, 1024};
    effect_ledger ledger_;
    fault_rules faults_;
    request_log requests_;
    delay_timers timers_;
    control control_;
    alipay_endpoint alipay_;
    taobao_endpoint taobao_;
    std::optional<bench_answers> bench_;
    std::chrono::milliseconds processing_;

    std::vector<listening_port> ports_;
    std::optional<gateway::net::tls_server_context> certificate_;
    std::optional<gateway::net::tls_server_context> wrong_certificate_;
    std::chrono::milliseconds closed_for_{0};
    bool stopping_ = false;
    std::map<gateway::net::byte_stream*, bool> connections_;  // true: busy with a request
    gateway::base::task_group sessions_;
};

}  // namespace simulator
