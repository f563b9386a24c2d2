#include "steady_load.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "world.hpp"

namespace gateway::flow {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int most_tries = 50;
constexpr milliseconds pause_without_gateway{5};
constexpr timeval answer_limit{.tv_sec = 20, .tv_usec = 0};

std::string body_of(std::size_t number) {
    const auto name = std::to_string(1'853'340'800'000'000'000U + number);
    if (number % 10 < 5) {
        return voucher_body(name, "CODE" + name);
    }
    return number % 10 < 8 ? ticket_body(name) : eticket_body(name);
}

bool is_settled(const answer& of) {
    const bool pending =
        of.status == 202 && of.body.find(R"("state":"pending")") != std::string::npos;
    return of.status != 0 && !pending;
}

}  // namespace

// One kept connection to one gateway.
class steady_load::connection {
public:
    // Status 0: the connection ended.
    answer exchange(std::uint16_t port, const std::string& key, const std::string& body) {
        answer got;
        beast::error_code error;
        if (port != port_ || !socket_.is_open()) {
            connect(port, error);
        }
        http::request<http::string_body> request(http::verb::post, "/v1/redemptions", 11);
        request.set(http::field::host, "127.0.0.1");
        request.set(http::field::content_type, "application/json");
        request.set("Idempotency-Key", key);
        request.body() = body;
        request.prepare_payload();
        if (!error) {
            http::write(socket_, request, error);
        }
        http::response<http::string_body> response;
        if (!error) {
            http::read(socket_, buffer_, response, error);
        }
        if (!error) {
            got.status = response.result_int();
            got.body = response.body();
        }
        if (error || !response.keep_alive()) {
            close();
        }
        return got;
    }

private:
    void connect(std::uint16_t port, beast::error_code& error) {
        close();
        port_ = port;
        socket_.connect({asio::ip::address_v4::loopback(), port}, error);
        ::setsockopt(
            socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &answer_limit, sizeof answer_limit
        );
    }

    void close() {
        beast::error_code ignored;
        socket_.close(ignored);
        buffer_.clear();
    }

    asio::io_context loop_;
    asio::ip::tcp::socket socket_{loop_};
    beast::flat_buffer buffer_;
    std::uint16_t port_ = 0;
};

steady_load::steady_load(std::size_t gateways, double per_second, std::size_t connections)
    : gateways_(gateways),
      pause_(static_cast<std::int64_t>(1e9 / per_second)),
      connections_(connections) {}

steady_load::~steady_load() {
    end();
}

void steady_load::serve(std::size_t gateway, std::uint16_t port) {
    ports_.at(gateway) = port;
}

void steady_load::begin() {
    began_ = steady_clock::now();
    for (std::size_t i = 0; i < connections_; ++i) {
        threads_.emplace_back([this, i] { work(i); });
    }
}

load_report steady_load::end() {
    ending_ = true;
    for (auto& one : threads_) {
        one.join();
    }
    threads_.clear();
    return report_;
}

void steady_load::work(std::size_t worker) {
    std::vector<connection> to(gateways_);
    std::size_t next = worker;
    for (;;) {
        const auto number = next_++;
        const auto due = began_ + number * pause_;
        std::this_thread::sleep_until(due);
        if (ending_) {
            return;
        }
        const auto begun = steady_clock::now();
        const auto done = post(to, number, next);
        note(
            done,
            std::chrono::floor<milliseconds>(steady_clock::now() - begun),
            std::chrono::floor<milliseconds>(begun - due)
        );
    }
}

steady_load::outcome steady_load::post(
    std::vector<connection>& to, std::size_t number, std::size_t& next
) const {
    const auto key = "load-" + std::to_string(number);
    const auto body = body_of(number);
    outcome done;
    for (int tries = 0; tries < most_tries && !is_settled(done.last); ++tries) {
        const auto gateway = next++ % gateways_;
        const auto port = ports_.at(gateway).load();
        if (port == 0) {
            std::this_thread::sleep_for(pause_without_gateway);
            continue;
        }
        done.last = to[gateway].exchange(port, key, body);
        done.closed += done.last.status == 0 ? 1 : 0;
        done.pending += done.last.status == 202 ? 1 : 0;
    }
    return done;
}

void steady_load::note(const outcome& of, milliseconds took, milliseconds late) {
    constexpr std::size_t kept = 10;
    const std::lock_guard lock(mutex_);
    ++report_.requests;
    ++report_.statuses[of.last.status];
    report_.closed += of.closed;
    report_.pending += of.pending;
    report_.slowest = std::max(report_.slowest, took);
    report_.behind = std::max(report_.behind, late);
    if (of.last.status != 200 && report_.refusals.size() < kept) {
        report_.refusals.push_back(std::to_string(of.last.status) + " " + of.last.body);
    }
}

}  // namespace gateway::flow
