#include "net/memory_budget.hpp"

namespace gateway::net {

bool memory_budget::share::resize(std::size_t bytes) {
    while (bytes > held_ && bytes - held_ > budget_.limit_ - budget_.used_) {
        if (budget_.evictable_.empty() || budget_.evictable_.front() == this) {
            return false;
        }
        budget_.evict_first();
    }
    budget_.used_ = budget_.used_ - held_ + bytes;
    held_ = bytes;
    enqueue();
    return true;
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
