#include "simulator/server.hpp"

#include <iostream>

namespace simulator {

namespace asio = boost::asio;
namespace net = gateway::net;

namespace {

// Some clients put every parameter, the signature included, into the URL.
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

constexpr std::chrono::seconds handshake_time{10};

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
      books_(chosen.ledger),
      control_(books_, faults_, requests_),
      alipay_(known.alipay, books_),
      taobao_(known.taobao, books_),
      processing_(known.processing),
      sessions_(loop_, report) {
    if (chosen.bench) {
        bench_.emplace(known);
    }
    doors_.push_back({{chosen.address, chosen.api_port}, false, nullptr});
    if (!chosen.tls_port) {
        return;
    }
    if (!known.tls) {
        throw std::runtime_error("--tls-port needs a section tls in the configuration");
    }
    certificate_ = tls_of(known.tls->certificate, known.tls->private_key);
    wrong_certificate_ = tls_of(known.tls->wrong_certificate, known.tls->wrong_private_key);
    doors_.push_back({{chosen.address, *chosen.tls_port}, true, nullptr});
}

asio::awaitable<void> server::run(on_listening listening) {
    for (door& one : doors_) {
        open_door(one);
        listening(one.where.port, one.tls);
    }
    std::exception_ptr failure;
    if (doors_.size() > 1) {
        sessions_.spawn(keep_open(doors_.back()));
    }
    try {
        co_await keep_open(doors_.front());
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

void server::open_door(door& one) {
    one.open = std::make_unique<net::listener>(loop_, one.where);
    one.where.port = one.open->port();  // the same one again after the door was closed
}

asio::awaitable<void> server::keep_open(door& one) {
    const bool tls = one.tls;
    while (!stopping_) {
        if (!one.open) {
            open_door(one);
        }
        co_await one.open->run([this, tls](net::stream_ptr stream) {
            admit(std::move(stream), tls);
        });
        one.open.reset();
        if (!stopping_) {
            co_await waits_.wait(closed_for_);
        }
    }
}

void server::stop() {
    stopping_ = true;
    stop_listening();
    for (const auto& [stream, at_work] : connections_) {
        stream->close();
    }
    waits_.stop();
}

// Connections between two requests close too; those at work finish first and then find the door
// closed.
void server::close_doors(std::chrono::milliseconds time) {
    closed_for_ = time;
    for (const auto& [stream, at_work] : connections_) {
        if (!at_work) {
            stream->close();
        }
    }
    stop_listening();
}

void server::stop_listening() {
    for (const door& one : doors_) {
        if (one.open) {
            one.open->stop();
        }
    }
}

void server::admit(net::stream_ptr stream, bool tls) {
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

asio::awaitable<void> server::serve_tls(net::stream_ptr stream, net::tls_server_context shown) {
    stream->expires_at(std::chrono::steady_clock::now() + handshake_time);
    net::tls_accepted accepted = co_await net::accept_tls(std::move(stream), shown, handshakes_);
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
        co_await talk(connection);
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

asio::awaitable<void> server::talk(net::byte_stream& stream) {
    net::request_reader reader(stream);
    const net::request_limits allowed = limits();
    bool go_on = true;
    while (go_on && !stopping_) {
        const auto got = co_await reader.read(allowed);
        if (const auto* fault = std::get_if<net::request_fault>(&got)) {
            if (fault->what != net::request_fault::kind::closed) {
                net::http_response refusal = plain_text(fault->status, fault->detail + "\n");
                refusal.keep_alive = false;
                co_await send(stream, refusal);
            }
            co_return;
        }
        connections_[&stream] = true;
        go_on = co_await exchange(stream, std::get<net::http_request>(got));
        connections_[&stream] = false;
    }
}

asio::awaitable<bool> server::exchange(net::byte_stream& stream, const net::http_request& request) {
    const std::string_view path = split_target(request.target).path;
    if (path.starts_with("/_sim/")) {
        const bool go_on = co_await exchange_control(stream, request);
        co_return go_on;
    }
    const auto where = platform_at(path);
    if (!where) {
        net::http_response missing = plain_text(404, "no such path\n");
        missing.keep_alive = request.keep_alive;
        const bool go_on = co_await send(stream, missing);
        co_return go_on;
    }
    if (bench_) {
        const bool go_on = co_await exchange_bench(stream, request, *where);
        co_return go_on;
    }
    platform_side& side = *where == platform::alipay ? static_cast<platform_side&>(alipay_)
                                                     : static_cast<platform_side&>(taobao_);
    const stage_hands hands{faults_, requests_, waits_, processing_};
    const bool go_on = co_await converse(stream, request, side, hands);
    co_return go_on;
}

asio::awaitable<bool> server::exchange_control(
    net::byte_stream& stream, const net::http_request& request
) {
    control_answer answer = control_.answer(request);
    answer.response.keep_alive = request.keep_alive && !answer.close_door_for;
    const bool go_on = co_await send(stream, answer.response);
    if (answer.close_door_for) {
        close_doors(*answer.close_door_for);
    }
    co_return go_on;
}

asio::awaitable<bool> server::exchange_bench(
    net::byte_stream& stream, const net::http_request& request, platform where
) {
    net::http_response prepared =
        where == platform::alipay ? bench_->alipay(request) : bench_->taobao(request);
    prepared.keep_alive = request.keep_alive;
    const bool go_on = co_await send(stream, prepared);
    co_return go_on;
}

}  // namespace simulator
