#pragma once

#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace gateway::net {

// Received bytes that are not parsed yet: filled at the end, consumed from the front. Allocates no
// more memory than prepare() needs.
class input_buffer {
public:
    std::string_view pending() const { return {bytes_.get() + begin_, end_ - begin_}; }
    bool empty() const noexcept { return begin_ == end_; }
    std::size_t capacity() const noexcept { return capacity_; }
    void consume(std::size_t count) noexcept { begin_ += count; }

    // Free space of at least `least` bytes behind the pending bytes; may move those.
    boost::asio::mutable_buffer prepare(std::size_t least) {
        const std::size_t kept = end_ - begin_;
        if (capacity_ < kept + least) {
            reallocate(kept + least);
        } else if (begin_ > 0) {
            std::memmove(bytes_.get(), bytes_.get() + begin_, kept);
            begin_ = 0;
            end_ = kept;
        }
        return boost::asio::buffer(bytes_.get() + end_, capacity_ - end_);
    }
    void commit(std::size_t count) noexcept { end_ += count; }

    // Frees memory if there is more than `enough` and at least half of it is unused.
    void relax(std::size_t enough) {
        const std::size_t kept = end_ - begin_;
        if (capacity_ > enough && kept <= capacity_ / 2) {
            reallocate(kept);
        }
    }

private:
    void reallocate(std::size_t capacity) {
        auto larger = capacity > 0 ? std::make_unique_for_overwrite<char[]>(capacity) : nullptr;
        const std::size_t kept = end_ - begin_;
        if (kept > 0) {
            std::memcpy(larger.get(), bytes_.get() + begin_, kept);
        }
        bytes_ = std::move(larger);
        capacity_ = capacity;
        begin_ = 0;
        end_ = kept;
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace gateway::net
