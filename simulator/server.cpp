#include "simulator/server.hpp"

#include <iostream>

namespace simulator {

namespace asio = boost::asio;
namespace net = gateway::net;

namespace {

// The header limit is high because some clients put every parameter, the signature included, into
// the URL.
net::request_limits limits() {
    net::request_limits chosen;
    chosen.header_bytes = 64 * 1024;
    chosen.body_bytes = 4 * 1024 * 1024;
    return chosen;
}

net::http_response plain_text(unsigned status, std::string body) {
    net::http_response response;
    response.status = status;
    response.headers.add("Content-Type", "text/plain");
    response.body = std::move(body);
    return response;
}

std::optional<platform> platform_at(std::string_view path) {
    if (path == "/gateway.do") {
        return platform::alipay;
    }
    if (path == "/router/rest" || path == "/top/router/rest") {
        return platform::taobao;
    }
    return std::nullopt;
}

constexpr std::chrono::seconds handshake_timeout{10};

net::tls_server_context tls_of(const std::string& certificate, const std::string& key) {
    net::tls_server_material material;
    material.certificate_chain = certificate;
    material.private_key = key;
    auto made = net::tls_server_context::make(material);
    if (const auto* what = std::get_if<std::string>(&made)) {
        throw std::runtime_error("tls: " + *what);
    }
    return std::get<net::tls_server_context>(std::move(made));
}

void report(const std::exception& error) {
    std::cerr << "platform-simulator: " << error.what() << std::endl;
}

asio::awaitable<bool> send(net::byte_stream& stream, const net::http_response& response) {
    const net::io_result sent = co_await net::write_response(stream, response);
    co_return !sent.error && response.keep_alive;
}

}  // namespace

server::server(asio::any_io_executor loop, const settings& known, const options& chosen)
    : loop_(std::move(loop)),
      ledger_(chosen.ledger),
      control_(ledger_, faults_, requests_),
      alipay_(known.alipay, ledger_),
      taobao_(known.taobao, ledger_),
      processing_(known.processing),
      sessions_(loop_, report) {
    if (chosen.bench) {
        bench_.emplace(known);
    }
    ports_.push_back({{chosen.address, chosen.api_port}, false, nullptr});
    if (!chosen.tls_port) {
        return;
    }
    if (!known.tls) {
        throw std::runtime_error("--tls-port needs a section tls in the configuration");
    }
    certificate_ = tls_of(known.tls->certificate, known.tls->private_key);
    wrong_certificate_ = tls_of(known.tls->wrong_certificate, known.tls->wrong_private_key);
    ports_.push_back({{chosen.address, *chosen.tls_port}, true, nullptr});
}

asio::awaitable<void> server::run(on_listening listening) {
    for (listening_port& port : ports_) {
        open_port(port);
        listening(port.address.port, port.tls);
    }
    std::exception_ptr failure;
    if (ports_.size() > 1) {
        sessions_.spawn(keep_listening(ports_.back()));
    }
    try {
        co_await keep_listening(ports_.front());
    } catch (const std::exception&) {
        failure = std::current_exception();
    }
    if (failure) {
        stop();
    }
    co_await sessions_.wait_empty(net::steady_time::max());
    if (failure) {
        std::rethrow_exception(failure);
    }
}

void server::open_port(listening_port& port) {
    port.listener = std::make_unique<net::listener>(loop_, port.address);
    port.address.port = port.listener->port();  // a reopened port keeps its number
}

asio::awaitable<void> server::keep_listening(listening_port& port) {
    const bool tls = port.tls;
    while (!stopping_) {
        if (!port.listener) {
            open_port(port);
        }
        co_await port.listener->run([this, tls](net::stream_ptr stream) {
            on_connection(std::move(stream), tls);
        });
        port.listener.reset();
        if (!stopping_) {
            co_await timers_.wait(closed_for_);
        }
    }
}

void server::stop() {
    stopping_ = true;
    stop_listening();
    for (const auto& [stream, busy] : connections_) {
        stream->close();
    }
    timers_.stop();
}

void server::close_ports(std::chrono::milliseconds duration) {
    closed_for_ = duration;
    for (const auto& [stream, busy] : connections_) {
        if (!busy) {
            stream->close();
        }
    }
    stop_listening();
}

void server::stop_listening() {
    for (const listening_port& port : ports_) {
        if (port.listener) {
            port.listener->stop();
        }
    }
}

void server::on_connection(net::stream_ptr stream, bool tls) {
    const auto fault = faults_.take_connection_fault(tls);
    if (fault == fault_kind::reset_before_reading) {
        stream->reset();
    } else if (tls) {
        const bool wrong = fault == fault_kind::wrong_certificate;
        sessions_.spawn(serve_tls(std::move(stream), wrong ? *wrong_certificate_ : *certificate_));
    } else {
        sessions_.spawn(serve(std::move(stream)));
    }
}

asio::awaitable<void> server::serve_tls(
    net::stream_ptr stream, net::tls_server_context certificate
) {
    stream->expires_at(std::chrono::steady_clock::now() + handshake_timeout);
    net::tls_accepted accepted =
        co_await net::accept_tls(std::move(stream), certificate, handshakes_);
    if (!accepted.error) {
        accepted.stream->expires_at(net::steady_time::max());
        co_await serve(std::move(accepted.stream));
    }
}

asio::awaitable<void> server::serve(net::stream_ptr stream) {
    net::byte_stream& connection = *stream;
    connections_[&connection] = false;
    std::exception_ptr failure;
    try {
        co_await serve_requests(connection);
    } catch (const std::exception&) {
        failure = std::current_exception();
    }
    connections_.erase(&connection);
    if (failure) {
        connection.reset();
        std::rethrow_exception(failure);
    }
    co_await connection.shutdown();
}

asio::awaitable<void> server::serve_requests(net::byte_stream& stream) {
    net::request_reader reader(stream);
    const net::request_limits allowed = limits();
    bool keep_alive = true;
    while (keep_alive && !stopping_) {
        const auto got = co_await reader.read(allowed);
        if (const auto* fault = std::get_if<net::request_fault>(&got)) {
            if (fault->what != net::request_fault::kind::closed) {
                net::http_response refusal =
                    plain_text(fault->status, std::string(fault->detail) + "\n");
                refusal.keep_alive = false;
                co_await send(stream, refusal);
            }
            co_return;
        }
        connections_[&stream] = true;
        keep_alive = co_await exchange(stream, std::get<net::http_request>(got));
        connections_[&stream] = false;
    }
}

asio::awaitable<bool> server::exchange(net::byte_stream& stream, const net::http_request& request) {
    const std::string_view path = split_target(request.target).path;
    if (path.starts_with("/_sim/")) {
        const bool keep_alive = co_await exchange_control(stream, request);
        co_return keep_alive;
    }
    const auto where = platform_at(path);
    if (!where) {
        net::http_response missing = plain_text(404, "no such path\n");
        missing.keep_alive = request.keep_alive;
        const bool keep_alive = co_await send(stream, missing);
        co_return keep_alive;
    }
    if (bench_) {
        const bool keep_alive = co_await exchange_bench(stream, request, *where);
        co_return keep_alive;
    }
    platform_endpoint& endpoint = *where == platform::alipay
                                      ? static_cast<platform_endpoint&>(alipay_)
                                      : static_cast<platform_endpoint&>(taobao_);
    const exchange_context context{faults_, requests_, timers_, processing_};
    const bool keep_alive = co_await run_exchange(stream, request, endpoint, context);
    co_return keep_alive;
}

asio::awaitable<bool> server::exchange_control(
    net::byte_stream& stream, const net::http_request& request
) {
    control_answer answer = control_.answer(request);
    answer.response.keep_alive = request.keep_alive && !answer.close_ports_for;
    const bool keep_alive = co_await send(stream, answer.response);
    if (answer.close_ports_for) {
        close_ports(*answer.close_ports_for);
    }
    co_return keep_alive;
}

asio::awaitable<bool> server::exchange_bench(
    net::byte_stream& stream, const net::http_request& request, platform where
) {
    net::http_response prepared =
        where == platform::alipay ? bench_->alipay(request) : bench_->taobao(request);
    prepared.keep_alive = request.keep_alive;
    const bool keep_alive = co_await send(stream, prepared);
    co_return keep_alive;
}

}  // namespace simulator
