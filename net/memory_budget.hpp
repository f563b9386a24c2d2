#pragma once

#include <cstddef>

namespace gateway::net {

// How many bytes many connections may hold together. Loop thread only; must outlive its shares.
class memory_budget {
public:
    explicit memory_budget(std::size_t limit) : limit_(limit) {}
    memory_budget(const memory_budget&) = delete;
    memory_budget& operator=(const memory_budget&) = delete;

    std::size_t used() const noexcept { return used_; }

    // One holder's part of it, given back when it goes.
    class share {
    public:
        explicit share(memory_budget& of) : of_(of) {}
        ~share() { release(); }
        share(const share&) = delete;
        share& operator=(const share&) = delete;

        // Makes it at least `bytes` large. False: that much is not left, it stays as it was.
        bool grow_to(std::size_t bytes) noexcept {
            if (bytes <= held_) {
                return true;
            }
            if (bytes - held_ > of_.limit_ - of_.used_) {
                return false;
            }
            of_.used_ += bytes - held_;
            held_ = bytes;
            return true;
        }
        void release() noexcept {
            of_.used_ -= held_;
            held_ = 0;
        }

    private:
        memory_budget& of_;
        std::size_t held_ = 0;
    };

private:
    std::size_t limit_;
    std::size_t used_ = 0;
};

}  // namespace gateway::net
