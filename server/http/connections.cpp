#include "server/http/connections.hpp"

#include <algorithm>
#include <utility>

namespace gateway::server {

bool connections::admit() noexcept {
    if (size_ < limits_.open) {
        return true;
    }
    if (waiting_.empty()) {
        return false;
    }
    waiting_.front()->close();
    probe_.connection_evicted(listener_);
    return true;
}

void connections::loop_lagged(
    std::chrono::nanoseconds late, std::chrono::steady_clock::time_point now
) {
    constexpr std::chrono::milliseconds overload_lag(20);
    if (late > overload_lag) {
        overloaded_until_ = now + std::chrono::seconds(1);
    }
}

void connections::detect_hangups() {
    // One system call each, well below a millisecond together.
    constexpr std::size_t at_a_time = 512;
    for (auto left = std::min(working_.size(), at_a_time); left > 0; --left) {
        auto* const connection = working_.front();
        working_.splice(working_.end(), working_, working_.begin());
        if (!connection->caller_->closed() && connection->stream_->hung_up()) {
            connection->caller_->on_closed();
        }
    }
}

void connections::end_existing() noexcept {
    ++generation_;
    close_between_requests(std::chrono::steady_clock::time_point::max());
}

void connections::close_idle(std::chrono::steady_clock::time_point now) noexcept {
    constexpr std::chrono::seconds moment(1);
    closes_idle_ = true;
    close_between_requests(now - moment);
}

void connections::close_between_requests(std::chrono::steady_clock::time_point since) noexcept {
    for (auto next = waiting_.begin(); next != waiting_.end();) {
        auto* const connection = *next++;
        if (!connection->expects_first_request(since) && connection->idle()) {
            connection->close();
        }
    }
}

void connections::close_waiting() noexcept {
    while (!waiting_.empty()) {
        waiting_.front()->close();
    }
}

void connections::close_all() noexcept {
    close_waiting();
    while (!working_.empty()) {
        working_.front()->close();
    }
}

open_connection::open_connection(connections& all) : all_(all) {
    ++all_.size_;
    all_.probe_.connection_opened(all_.listener_);
}

open_connection::~open_connection() {
    remove();
    all_.size_ -= counted_ ? 1 : 0;
    all_.probe_.connection_closed(all_.listener_);
}

void open_connection::begin_reading(net::byte_stream& stream, const net::request_reader* reader) {
    move_to(all_.waiting_, stream);
    reader_ = reader;
}

bool open_connection::idle() const noexcept {
    return !writing_ && (reader_ == nullptr || reader_->idle()) && stream_->quiet();
}

void open_connection::begin_writing(net::byte_stream& stream) {
    move_to(all_.waiting_, stream);
    writing_ = true;
}

void open_connection::begin_work(net::byte_stream& stream, redemption::caller_connection& caller) {
    move_to(all_.working_, stream);
    caller_ = &caller;
    had_request_ = true;
}

void open_connection::move_to(std::list<open_connection*>& list, net::byte_stream& stream) {
    remove();
    at_ = list.insert(list.end(), this);
    list_ = &list;
    stream_ = &stream;
    reader_ = nullptr;
    writing_ = false;
}

void open_connection::remove() noexcept {
    if (list_ != nullptr) {
        list_->erase(at_);
        list_ = nullptr;
    }
}

void open_connection::close() noexcept {
    remove();
    all_.size_ -= std::exchange(counted_, false) ? 1 : 0;
    stream_->close();
}

}  // namespace gateway::server
