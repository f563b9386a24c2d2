#include "net/listener.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cstddef>
#include <limits>
#include <utility>

#include "net/tcp_stream.hpp"

namespace gateway::net {

namespace {

using asio::ip::tcp;

constexpr auto awaitable_tuple = asio::as_tuple(asio::use_awaitable);
// Out of descriptors or memory the next accept would fail at once, too.
constexpr auto pause_after_error = std::chrono::milliseconds(50);
// The loop may serve one request of each busy connection between two accepts.
constexpr std::size_t most_accepts_in_a_row = 64;

// Accepted connections inherit it. Without a bound the kernel would hold megabytes of answers for
// each slow reader; the rest of a large answer is in the memory budget instead.
constexpr int send_buffer = 64 * 1024;

tcp::acceptor bind_to(const asio::any_io_executor& loop, const listen_address& where, int backlog) {
    try {
        const tcp::endpoint endpoint(asio::ip::make_address(where.address), where.port);
        tcp::acceptor acceptor(loop);
        acceptor.open(endpoint.protocol());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        acceptor.set_option(tcp::acceptor::send_buffer_size(send_buffer));
        acceptor.bind(endpoint);
        acceptor.listen(backlog);
        return acceptor;
    } catch (const boost::system::system_error& e) {
        const std::string name = where.address + ":" + std::to_string(where.port);
        throw boost::system::system_error(e.code(), "cannot listen on " + name);
    }
}

}  // namespace

struct listener::state {
    state(const asio::any_io_executor& loop, const listen_address& where, int backlog)
        : acceptor(bind_to(loop, where, backlog)),
          pause(loop),
          port(acceptor.local_endpoint().port()) {
        acceptor.non_blocking(true);  // for accept_waiting()
    }

    // Accepts up to `most` connections of the backlog. An error repeats at the next wait.
    void accept_waiting(std::size_t most) {
        error_code error;
        for (std::size_t n = 0; n < most && !error; ++n) {
            tcp::socket socket(acceptor.get_executor());
            acceptor.accept(socket, error);
            if (!error) {
                accepted(make_tcp_stream(std::move(socket)));
            }
        }
    }

    tcp::acceptor acceptor;
    asio::steady_timer pause;
    std::uint16_t port;
    on_connection accepted;
};

listener::listener(asio::any_io_executor loop, const listen_address& where, int backlog)
    : state_(std::make_unique<state>(loop, where, backlog)) {}

listener::~listener() = default;

std::uint16_t listener::port() const noexcept {
    return state_->port;
}

asio::awaitable<void> listener::run(on_connection accepted, on_accept_error failed) {
    state_->accepted = std::move(accepted);
    while (state_->acceptor.is_open()) {
        auto [error, socket] = co_await state_->acceptor.async_accept(awaitable_tuple);
        if (!error) {
            state_->accepted(make_tcp_stream(std::move(socket)));
            state_->accept_waiting(most_accepts_in_a_row);
            continue;
        }
        if (!state_->acceptor.is_open()) {
            break;
        }
        if (failed) {
            failed(error);
        }
        if (error != asio::error::connection_aborted) {
            state_->pause.expires_after(pause_after_error);
            co_await state_->pause.async_wait(awaitable_tuple);
        }
    }
}

void listener::accept_waiting() {
    if (state_->accepted) {
        state_->accept_waiting(std::numeric_limits<std::size_t>::max());
    }
}

void listener::stop() noexcept {
    error_code ignored;
    state_->acceptor.close(ignored);
    state_->pause.cancel();
}

}  // namespace gateway::net
