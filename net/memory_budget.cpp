#include "net/memory_budget.hpp"

namespace gateway::net {

bool memory_budget::share::resize(std::size_t bytes) {
    if (!make_room(bytes)) {
        return false;
    }
    take(bytes);
    return true;
}

void memory_budget::share::hold(std::size_t bytes) {
    make_room(bytes);
    take(bytes);
}

bool memory_budget::share::make_room(std::size_t bytes) {
    while (bytes > held_ && budget_.used_ - held_ + bytes > budget_.limit_) {
        if (budget_.evictable_.empty() || budget_.evictable_.front() == this) {
            return false;
        }
        budget_.evict_first();
    }
    return true;
}

void memory_budget::share::take(std::size_t bytes) {
    budget_.used_ = budget_.used_ - held_ + bytes;
    held_ = bytes;
    enqueue();
}

void memory_budget::share::release() noexcept {
    budget_.used_ -= held_;
    held_ = 0;
    dequeue();
}

void memory_budget::share::waits_for_peer(bool waits) {
    waits_ = waits;
    dequeue();
    enqueue();
}

void memory_budget::share::enqueue() {
    if (waits_ && held_ > 0 && !queued_) {
        position_ = budget_.evictable_.insert(budget_.evictable_.end(), this);
        queued_ = true;
    }
}

void memory_budget::share::dequeue() noexcept {
    if (queued_) {
        budget_.evictable_.erase(position_);
        queued_ = false;
    }
}

void memory_budget::evict_first() {
    share& first = *evictable_.front();
    first.release();
    first.evict_();
    if (on_eviction_) {
        on_eviction_();
    }
}

}  // namespace gateway::net
