#pragma once

#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace gateway::net {

// Bytes that came in and are not yet read as anything: filled at the end, consumed from the front.
class input_buffer {
public:
    std::string_view pending() const {
        return std::string_view(bytes_).substr(begin_, end_ - begin_);
    }
    bool empty() const noexcept { return begin_ == end_; }
    void consume(std::size_t count) noexcept { begin_ += count; }

    // Room of at least `least` bytes behind what is pending; moves what is pending.
    boost::asio::mutable_buffer prepare(std::size_t least) {
        if (begin_ > 0) {
            std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        if (bytes_.size() < end_ + least) {
            bytes_.resize(end_ + least);
        }
        return boost::asio::buffer(bytes_.data() + end_, bytes_.size() - end_);
    }
    void commit(std::size_t count) noexcept { end_ += count; }

    // Gives the memory back if it is more than `enough` and holds nothing.
    void relax(std::size_t enough) {
        if (empty() && bytes_.size() > enough) {
            bytes_ = std::string();
            begin_ = end_ = 0;
        }
    }

private:
    std::string bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace gateway::net
