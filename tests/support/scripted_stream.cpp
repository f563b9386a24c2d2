#include "tests/support/scripted_stream.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace gateway::support {

namespace asio = boost::asio;

std::vector<std::string> pieces(std::string_view text, std::size_t size) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size(); at += size) {
        out.emplace_back(text.substr(at, size));
    }
    return out;
}

std::vector<std::string> cut_at(std::string_view text, std::size_t at) {
    return {std::string(text.substr(0, at)), std::string(text.substr(at))};
}

scripted_stream::scripted_stream(wire_script script) : script_(std::move(script)) {
    for (const std::string& piece : script_.reads) {
        if (!piece.empty()) {
            reads_.push_back(piece);
        }
    }
}

asio::awaitable<net::error_code> scripted_stream::readable() {
    co_await asio::post(asio::use_awaitable);
    if (reads_.empty() && before_end_) {
        co_await std::exchange(before_end_, {})();
    }
    co_return closed_ ? net::error_code(asio::error::operation_aborted) : net::error_code();
}

asio::awaitable<net::io_result> scripted_stream::read_some(asio::mutable_buffer into) {
    ++reads_begun_;
    co_await asio::post(asio::use_awaitable);
    if (reads_.empty() && before_end_) {
        co_await std::exchange(before_end_, {})();
    }
    if (closed_) {
        co_return net::io_result{asio::error::operation_aborted, 0};
    }
    if (reads_.empty()) {
        co_return net::io_result{script_.read_end, 0};
    }
    std::string& next = reads_.front();
    const std::size_t count = asio::buffer_copy(into, asio::buffer(next));
    next.erase(0, count);
    if (next.empty()) {
        reads_.pop_front();
    }
    co_return net::io_result{{}, count};
}

asio::awaitable<net::io_result> scripted_stream::write_all(asio::const_buffer from) {
    co_await asio::post(asio::use_awaitable);
    if (closed_) {
        co_return net::io_result{asio::error::operation_aborted, 0};
    }
    const std::size_t count = std::min(from.size(), script_.write_limit - written_.size());
    written_.append(static_cast<const char*>(from.data()), count);
    if (count < from.size()) {
        co_return net::io_result{script_.write_error, count};
    }
    co_return net::io_result{{}, count};
}

asio::awaitable<void> scripted_stream::shutdown() {
    co_await asio::post(asio::use_awaitable);
    was_shut_down_ = true;
    closed_ = true;
}

void scripted_stream::reset() noexcept {
    was_reset_ = true;
    closed_ = true;
}

}  // namespace gateway::support
