#include "net/memory_budget.hpp"

namespace gateway::net {

bool memory_budget::share::resize(std::size_t bytes) {
    while (bytes > held_ && bytes - held_ > of_.limit_ - of_.used_) {
        if (of_.waiting_.empty() || of_.waiting_.front() == this) {
            return false;
        }
        of_.evict_first();
    }
    of_.used_ = of_.used_ - held_ + bytes;
    held_ = bytes;
    line_up();
    return true;
}

void memory_budget::share::release() noexcept {
    of_.used_ -= held_;
    held_ = 0;
    leave_line();
}

void memory_budget::share::waits_for_peer(bool waits) {
    waits_ = waits;
    leave_line();
    line_up();
}

void memory_budget::share::line_up() {
    if (waits_ && held_ > 0 && !in_line_) {
        at_ = of_.waiting_.insert(of_.waiting_.end(), this);
        in_line_ = true;
    }
}

void memory_budget::share::leave_line() noexcept {
    if (in_line_) {
        of_.waiting_.erase(at_);
        in_line_ = false;
    }
}

void memory_budget::evict_first() {
    share& first = *waiting_.front();
    first.release();
    first.go_();
    if (evicted_) {
        evicted_();
    }
}

}  // namespace gateway::net
