#include "net/tcp_stream.hpp"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <utility>

namespace gateway::net {

namespace {

using asio::ip::tcp;
using clock = std::chrono::steady_clock;

using user_timeout = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;
constexpr auto awaitable_tuple = asio::as_tuple(asio::use_awaitable);
// How long shutdown() reads on after its FIN: closing with unread bytes would answer them with a
// reset, which can overtake the response just written (RFC 9112 §9.6).
constexpr auto linger = std::chrono::seconds(2);

class tcp_stream final : public byte_stream {
public:
    explicit tcp_stream(tcp::socket socket)
        : socket_(std::move(socket)),
          timer_(std::make_shared<deadline_timer>(socket_.get_executor(), this)) {}
    ~tcp_stream() override {
        timer_->stream = nullptr;
        timer_->timer.cancel();
    }

    asio::awaitable<error_code> connect(tcp::endpoint to);
    void prepare();

    asio::awaitable<error_code> readable() override;
    asio::awaitable<io_result> read_some(asio::mutable_buffer into) override;
    asio::awaitable<io_result> write_all(asio::const_buffer from) override;
    void expires_at(steady_time deadline) override;
    asio::awaitable<void> shutdown() override;
    void close() noexcept override;
    void reset() noexcept override;
    bool quiet() noexcept override;
    bool hung_up() noexcept override;
    std::string remote_address() const override;

private:
    // Outlives the stream while a wait is pending. The timer is started anew only if it would fire
    // too late; if it fires too early it is restarted then. A busy connection so costs one timer
    // operation per deadline that passes, not one per request.
    struct deadline_timer {
        deadline_timer(const asio::any_io_executor& loop, tcp_stream* owner)
            : timer(loop), stream(owner) {}
        asio::steady_timer timer;
        tcp_stream* stream;  // null after the stream's destruction
        steady_time fires_at = steady_time::max();
    };

    static void start(const std::shared_ptr<deadline_timer>& which, steady_time when);
    void on_timer();
    bool late() const { return deadline_ != steady_time::max() && clock::now() >= deadline_; }
    // The error that the caller gets for that of the operation.
    error_code explain(const error_code& error) const;
    // Why no operation may begin; no error: it may.
    error_code refusal() const;

    tcp::socket socket_;
    tcp::endpoint remote_;
    std::shared_ptr<deadline_timer> timer_;
    steady_time deadline_ = steady_time::max();
    bool reading_ = false;
    bool writing_ = false;
};

void tcp_stream::prepare() {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    remote_ = socket_.remote_endpoint(ignored);
}

asio::awaitable<error_code> tcp_stream::connect(tcp::endpoint to) {
    if (late()) {
        co_return error_code(asio::error::timed_out);
    }
    writing_ = true;
    auto [error] = co_await socket_.async_connect(to, awaitable_tuple);
    writing_ = false;
    if (error) {
        co_return explain(error);
    }
    prepare();
    co_return error_code();
}

asio::awaitable<error_code> tcp_stream::readable() {
    if (const error_code refused = refusal()) {
        co_return refused;
    }
    reading_ = true;
    auto [error] = co_await socket_.async_wait(tcp::socket::wait_read, awaitable_tuple);
    reading_ = false;
    co_return explain(error);
}

asio::awaitable<io_result> tcp_stream::read_some(asio::mutable_buffer into) {
    if (const error_code refused = refusal()) {
        co_return io_result{refused, 0};
    }
    reading_ = true;
    auto [error, bytes] = co_await socket_.async_read_some(into, awaitable_tuple);
    reading_ = false;
    co_return io_result{explain(error), bytes};
}

asio::awaitable<io_result> tcp_stream::write_all(asio::const_buffer from) {
    io_result done;
    while (done.bytes < from.size() && !done.error) {
        done.error = refusal();
        if (done.error) {
            break;
        }
        // The kernel nearly always accepts a message whole; only the rest is written through the
        // loop.
        done.bytes += socket_.write_some(asio::buffer(from + done.bytes), done.error);
        if (done.error == asio::error::would_block) {
            writing_ = true;
            auto [error, bytes] =
                co_await socket_.async_write_some(asio::buffer(from + done.bytes), awaitable_tuple);
            writing_ = false;
            done.bytes += bytes;
            done.error = error;
        }
    }
    done.error = explain(done.error);
    co_return done;
}

void tcp_stream::expires_at(steady_time deadline) {
    deadline_ = deadline;
    if (deadline < timer_->fires_at && socket_.is_open()) {
        start(timer_, deadline);
    }
}

void tcp_stream::start(const std::shared_ptr<deadline_timer>& which, steady_time when) {
    which->fires_at = when;
    which->timer.expires_at(when);
    which->timer.async_wait([which](const error_code& cancelled) {
        if (!cancelled && which->stream != nullptr) {
            which->fires_at = steady_time::max();
            which->stream->on_timer();
        }
    });
}

void tcp_stream::on_timer() {
    if (!late()) {
        expires_at(deadline_);
        return;
    }
    if (reading_ || writing_) {
        error_code ignored;
        socket_.cancel(ignored);
    } else {
        close();
    }
}

error_code tcp_stream::refusal() const {
    if (!socket_.is_open()) {
        return asio::error::operation_aborted;
    }
    if (late()) {
        return asio::error::timed_out;
    }
    return {};
}

error_code tcp_stream::explain(const error_code& error) const {
    if (error == asio::error::bad_descriptor) {
        return asio::error::operation_aborted;
    }
    if (error == asio::error::operation_aborted && socket_.is_open() && late()) {
        return asio::error::timed_out;
    }
    return error;
}

asio::awaitable<void> tcp_stream::shutdown() {
    error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    expires_at(std::min(deadline_, clock::now() + linger));
    std::array<char, 4096> unread;
    while (!error) {
        const io_result got = co_await read_some(asio::buffer(unread));
        error = got.error;
    }
    close();
}

void tcp_stream::close() noexcept {
    timer_->timer.cancel();
    timer_->fires_at = steady_time::max();
    error_code ignored;
    socket_.close(ignored);
}

void tcp_stream::reset() noexcept {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    close();
}

bool tcp_stream::quiet() noexcept {
    if (!socket_.is_open()) {
        return false;
    }
    char byte = 0;
    const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool tcp_stream::hung_up() noexcept {
    pollfd look{.fd = socket_.native_handle(), .events = POLLRDHUP, .revents = 0};
    return !socket_.is_open() || ::poll(&look, 1, 0) > 0;
}

std::string tcp_stream::remote_address() const {
    const auto address = remote_.address();
    const std::string text =
        address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
    return text + ":" + std::to_string(remote_.port());
}

}  // namespace

stream_ptr make_tcp_stream(tcp::socket socket) {
    auto stream = std::make_unique<tcp_stream>(std::move(socket));
    stream->prepare();
    return stream;
}

asio::awaitable<connect_result> connect_tcp(
    tcp::endpoint to, steady_time deadline, std::chrono::milliseconds unacknowledged
) {
    const auto loop = co_await asio::this_coro::executor;
    connect_result result;
    tcp::socket socket(loop);
    socket.open(to.protocol(), result.error);
    if (result.error) {
        co_return result;
    }
    error_code ignored;
    socket.set_option(user_timeout(static_cast<int>(unacknowledged.count())), ignored);
    auto stream = std::make_unique<tcp_stream>(std::move(socket));
    stream->expires_at(deadline);
    result.error = co_await stream->connect(to);
    if (!result.error) {
        result.stream = std::move(stream);
    }
    co_return result;
}

}  // namespace gateway::net
