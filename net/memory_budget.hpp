#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <utility>

namespace gateway::net {

// Bounds the bytes that many connections hold together. A holder that only waits for its peer may
// be evicted when another needs memory: the one that has waited longest first. Loop thread only;
// must outlive its shares.
class memory_budget {
public:
    // `on_eviction` is called after each eviction.
    explicit memory_budget(std::size_t limit, std::function<void()> on_eviction = {})
        : limit_(limit), on_eviction_(std::move(on_eviction)) {}
    memory_budget(const memory_budget&) = delete;
    memory_budget& operator=(const memory_budget&) = delete;

    std::size_t used() const noexcept { return used_; }

    // The memory of one holder, released by the destructor.
    class share {
    public:
        // `evict` makes the holder end soon; it must not destroy this share itself.
        share(memory_budget& budget, std::function<void()> evict)
            : budget_(budget), evict_(std::move(evict)) {}
        ~share() { release(); }
        share(const share&) = delete;
        share& operator=(const share&) = delete;

        // Sets the size in bytes, if necessary by evicting other holders. False: the size is
        // unchanged, because no other holder may be evicted or none has waited longer.
        bool resize(std::size_t bytes);
        // The same for what must be held: other holders are evicted, and where that is not enough
        // the budget is exceeded until they or this one release.
        void hold(std::size_t bytes);
        void release() noexcept;
        // True: the holder may be evicted from now on.
        void waits_for_peer(bool waits);

    private:
        friend class memory_budget;

        bool make_room(std::size_t bytes);
        void take(std::size_t bytes);
        void enqueue();
        void dequeue() noexcept;

        memory_budget& budget_;
        std::function<void()> evict_;
        std::size_t held_ = 0;
        bool waits_ = false;
        bool queued_ = false;
        std::list<share*>::iterator position_;
    };

private:
    void evict_first();

    std::size_t limit_;
    std::function<void()> on_eviction_;
    std::size_t used_ = 0;
    std::list<share*> evictable_;  // shares that hold bytes and wait, the longest wait first
};

}  // namespace gateway::net
