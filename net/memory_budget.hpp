#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <utility>

namespace gateway::net {

// How many bytes many connections may hold together. Who only waits for its peer may have to go
// when others need what it holds: the one that has waited longest first. Loop thread only; must
// outlive its shares.
class memory_budget {
public:
    // `evicted` hears of each holder that had to go.
    explicit memory_budget(std::size_t limit, std::function<void()> evicted = {})
        : limit_(limit), evicted_(std::move(evicted)) {}
    memory_budget(const memory_budget&) = delete;
    memory_budget& operator=(const memory_budget&) = delete;

    std::size_t used() const noexcept { return used_; }

    // One holder's part of it, given back when it goes.
    class share {
    public:
        // `go` makes the holder give up, soon: it must not destroy this share.
        share(memory_budget& of, std::function<void()> go) : of_(of), go_(std::move(go)) {}
        ~share() { release(); }
        share(const share&) = delete;
        share& operator=(const share&) = delete;

        // Makes it that large, if need be by evicting others. False: it stays as it was, because
        // nobody else may be evicted or none of them has waited longer.
        bool resize(std::size_t bytes);
        void release() noexcept;
        // Whether it may be evicted from now on.
        void waits_for_peer(bool waits);

    private:
        friend class memory_budget;

        void line_up();
        void leave_line() noexcept;

        memory_budget& of_;
        std::function<void()> go_;
        std::size_t held_ = 0;
        bool waits_ = false;
        bool in_line_ = false;
        std::list<share*>::iterator at_;
    };

private:
    void evict_first();

    std::size_t limit_;
    std::function<void()> evicted_;
    std::size_t used_ = 0;
    std::list<share*> waiting_;  // those that hold something; who has waited longest stands first
};

}  // namespace gateway::net
