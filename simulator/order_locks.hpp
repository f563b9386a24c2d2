#pragma once

#include <set>
#include <string>
#include <utility>

namespace simulator {

// Locks that admit one call per order at a time; a second call is refused, not queued. Only the
// loop thread may use them.
class order_locks {
public:
    class guard {
    public:
        guard() = default;
        guard(order_locks& owner, std::string order) : owner_(&owner), order_(std::move(order)) {}
        guard(guard&& other) noexcept { swap(other); }
        guard& operator=(guard&& other) noexcept {
            swap(other);
            return *this;
        }
        ~guard() { release(); }

        explicit operator bool() const noexcept { return owner_ != nullptr; }
        void release() noexcept {
            if (owner_ != nullptr) {
                owner_->held_.erase(order_);
                owner_ = nullptr;
            }
        }

    private:
        void swap(guard& other) noexcept {
            std::swap(owner_, other.owner_);
            std::swap(order_, other.order_);
        }

        order_locks* owner_ = nullptr;
        std::string order_;
    };

    // The returned guard converts to false when another call holds the order. It must not outlive
    // the locks.
    guard try_lock(const std::string& order) {
        return held_.insert(order).second ? guard(*this, order) : guard();
    }

private:
    std::set<std::string> held_;
};

}  // namespace simulator
