#include "tests/support/connect_proxy.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace gateway::support {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto awaitable_tuple = asio::as_tuple(asio::use_awaitable);

void reset(tcp::socket& socket) {
    boost::system::error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
}

asio::awaitable<void> write(tcp::socket& to, std::string text) {
    co_await asio::async_write(to, asio::buffer(text), awaitable_tuple);
}

// Until the client closes.
asio::awaitable<void> read_on(tcp::socket& from) {
    std::array<char, 4096> piece{};
    for (;;) {
        auto [error, bytes] = co_await from.async_read_some(asio::buffer(piece), awaitable_tuple);
        if (error) {
            co_return;
        }
    }
}

asio::awaitable<void> pass_on(tcp::socket& from, tcp::socket& to) {
    std::array<char, 16 * 1024> piece{};
    for (;;) {
        auto [error, bytes] = co_await from.async_read_some(asio::buffer(piece), awaitable_tuple);
        if (error) {
            break;
        }
        auto [broken, sent] =
            co_await asio::async_write(to, asio::buffer(piece.data(), bytes), awaitable_tuple);
        if (broken) {
            break;
        }
    }
    boost::system::error_code ignored;
    to.shutdown(tcp::socket::shutdown_send, ignored);
}

// Of "CONNECT name:port HTTP/1.1".
std::uint16_t target_port(const std::string& head) {
    const auto line = head.substr(0, head.find(" HTTP/"));
    return static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
}

}  // namespace

connect_proxy::connect_proxy(manner how)
    : manner_(how),
      acceptor_(loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      port_(acceptor_.local_endpoint().port()) {
    asio::co_spawn(loop_, accept_all(), asio::detached);
    thread_ = std::thread([this] { loop_.run(); });
}

connect_proxy::~connect_proxy() {
    loop_.stop();
    thread_.join();
}

void connect_proxy::accept_credentials(std::string authorization) {
    const std::lock_guard lock(guard_);
    authorization_ = std::move(authorization);
}

std::vector<std::string> connect_proxy::requests() const {
    const std::lock_guard lock(guard_);
    return requests_;
}

bool connect_proxy::may_pass(const std::string& head) const {
    const std::lock_guard lock(guard_);
    return head.find("\r\nProxy-Authorization: " + authorization_ + "\r\n") != std::string::npos;
}

asio::awaitable<void> connect_proxy::accept_all() {
    for (;;) {
        auto [error, socket] = co_await acceptor_.async_accept(awaitable_tuple);
        if (error) {
            co_return;
        }
        asio::co_spawn(loop_, serve(std::move(socket)), asio::detached);
    }
}

asio::awaitable<void> connect_proxy::serve(tcp::socket client) {
    std::string received;
    auto [error, size] = co_await asio::async_read_until(
        client, asio::dynamic_buffer(received), "\r\n\r\n", awaitable_tuple
    );
    if (error) {
        co_return;
    }
    const std::string head = received.substr(0, size);
    // The manner is taken before the request can be seen: a test changes it as soon as it sees one.
    const auto how = manner_.load();
    {
        const std::lock_guard lock(guard_);
        requests_.push_back(head);
    }
    co_await answer(client, head, how);
}

asio::awaitable<void> connect_proxy::answer(
    tcp::socket& client, const std::string& head, manner how
) {
    const std::string refusal = "Proxy-Agent: test\r\nContent-Length: 5\r\n\r\n<no/>";
    switch (how) {
        case manner::works:
        case manner::resets_the_tunnel:
            co_await relay(client, head, how);
            break;
        case manner::wants_credentials:
            if (may_pass(head)) {
                co_await relay(client, head, how);
                break;
            }
            co_await write(
                client,
                "HTTP/1.1 407 Proxy Authentication Required\r\n"
                "Proxy-Authenticate: Basic realm=\"x\"\r\n" +
                    refusal
            );
            break;
        case manner::refuses:
            co_await write(client, "HTTP/1.1 403 Forbidden\r\n" + refusal);
            break;
        case manner::finds_no_way:
            co_await write(client, "HTTP/1.0 502 Bad Gateway\r\n" + refusal);
            break;
        case manner::hangs:
            co_await read_on(client);
            break;
        case manner::resets:
            reset(client);
            break;
        case manner::closes:
            break;
        case manner::speaks_garbage:
            co_await write(client, "SSH-2.0-OpenSSH_9.2\r\n");
            co_await read_on(client);
            break;
        case manner::speaks_for_target:
            co_await write(client, "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
            co_await read_on(client);
            break;
        case manner::answers_without_end:
            for (int i = 0; i < 200; ++i) {
                co_await write(
                    client,
                    (i == 0 ? "HTTP/1.1 200 OK\r\n" : "") + std::string(1000, 'a') + ": b\r\n"
                );
            }
            co_await read_on(client);
            break;
    }
}

asio::awaitable<void> connect_proxy::relay(
    tcp::socket& client, const std::string& head, manner how
) {
    using namespace asio::experimental::awaitable_operators;
    tcp::socket target(loop_);
    const tcp::endpoint there(asio::ip::address_v4::loopback(), target_port(head));
    auto [error] = co_await target.async_connect(there, awaitable_tuple);
    if (error) {
        co_await write(client, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
        co_return;
    }
    co_await write(client, "HTTP/1.1 200 Connection established\r\n\r\n");
    if (how == manner::resets_the_tunnel) {
        std::array<char, 16> first{};
        co_await client.async_read_some(asio::buffer(first), awaitable_tuple);
        reset(client);
        co_return;
    }
    co_await (pass_on(client, target) && pass_on(target, client));
}

}  // namespace gateway::support
