#pragma once

#include <boost/asio/error.hpp>
#include <deque>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "net/byte_stream.hpp"

namespace gateway::support {

// The behaviour of a scripted_stream's peer.
struct wire_script {
    // Each piece is at most one read_some; a longer piece than the reader's buffer takes several.
    std::vector<std::string> reads;
    // After the last piece: eof, connection_reset, timed_out, …
    net::error_code read_end = net::asio::error::eof;
    // How many bytes may be written before `write_error`.
    std::size_t write_limit = std::numeric_limits<std::size_t>::max();
    net::error_code write_error = net::asio::error::connection_reset;
};

// `text` as pieces of `size` bytes, to show that a reader does not depend on where a packet ends.
std::vector<std::string> pieces(std::string_view text, std::size_t size);
// `text` cut once, before byte `at`.
std::vector<std::string> cut_at(std::string_view text, std::size_t at);

// A byte_stream without a socket. Like a real one, each operation suspends before it completes.
class scripted_stream final : public net::byte_stream {
public:
    explicit scripted_stream(wire_script script);

    net::asio::awaitable<net::error_code> readable() override;
    net::asio::awaitable<net::io_result> read_some(net::asio::mutable_buffer into) override;
    net::asio::awaitable<net::io_result> write_all(net::asio::const_buffer from) override;
    void expires_at(net::steady_time deadline) override { deadline_ = deadline; }
    net::asio::awaitable<void> shutdown() override;
    void close() noexcept override { closed_ = true; }
    void reset() noexcept override;
    bool quiet() noexcept override { return !closed_ && reads_.empty(); }
    bool hung_up() noexcept override { return closed_; }
    std::string remote_address() const override { return "192.0.2.1:443"; }

    // Runs when all pieces have been read and the reader waits, before it gets `read_end`.
    void before_end(std::function<net::asio::awaitable<void>()> what) {
        before_end_ = std::move(what);
    }
    // Appends a piece to the unread ones.
    void add_read(std::string piece) { reads_.push_back(std::move(piece)); }
    // How often read_some() was called: each time with a buffer.
    std::size_t reads_begun() const noexcept { return reads_begun_; }
    const std::string& written() const noexcept { return written_; }
    net::steady_time deadline() const noexcept { return deadline_; }
    bool closed() const noexcept { return closed_; }
    bool was_reset() const noexcept { return was_reset_; }
    bool was_shut_down() const noexcept { return was_shut_down_; }

private:
    wire_script script_;
    std::deque<std::string> reads_;
    std::function<net::asio::awaitable<void>()> before_end_;
    std::size_t reads_begun_ = 0;
    std::string written_;
    net::steady_time deadline_ = net::steady_time::max();
    bool closed_ = false;
    bool was_reset_ = false;
    bool was_shut_down_ = false;
};

}  // namespace gateway::support
