#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "base/clock.hpp"

// Time that passes only when nothing else is to do, so that an hour costs a test no more than the
// handlers that ran in it, and the same seed gives the same run.

namespace gateway::support {

namespace asio = boost::asio;

class virtual_time;

// One course of time for several loops: the ready handlers of all of them run before time jumps to
// the earliest timer. Single-threaded.
class timeline {
public:
    // Late enough that a program may subtract hours from it.
    static constexpr base::steady_time start{std::chrono::hours(1'000)};

    base::steady_time now() const noexcept { return now_; }
    // Runs one ready handler; without one, jumps to the earliest timer, posts its handler and
    // returns. False: no handler is ready and no timer is due at `limit` or before.
    bool step(base::steady_time limit = base::steady_time::max());
    // Runs until `done` (asked after every step), or until nothing is due before `limit`; then the
    // time is `limit`, unless that is steady_time::max(). Returns what `done` says last.
    bool run_until(
        const std::function<bool()>& done, base::steady_time limit = base::steady_time::max()
    );
    // Everything that happens in a span of time, its end included.
    void run_for(base::steady_time::duration span);

private:
    friend class virtual_time;
    bool run_ready();

    base::steady_time now_ = start;
    std::uint64_t sequence_ = 0;  // among timers of the same moment
    std::vector<virtual_time*> loops_;
    std::size_t next_ = 0;  // modulo their number, the loop that runs next
};

// A runtime with a loop, a wall clock and a source of chance of its own.
class virtual_time final : public base::runtime {
public:
    // 2026-01-02T03:04:05Z at the start of the timeline.
    static constexpr std::chrono::seconds default_wall{1'767'323'045};

    // With a timeline of its own.
    explicit virtual_time(std::uint64_t seed = 1);
    // `shared` outlives it.
    virtual_time(timeline& shared, std::uint64_t seed);
    ~virtual_time() override;
    virtual_time(const virtual_time&) = delete;
    virtual_time& operator=(const virtual_time&) = delete;

    base::steady_time now() const noexcept override { return line_.now(); }
    std::chrono::system_clock::time_point precise_wall_now() const noexcept override;
    std::uint64_t random_bits() override;
    asio::any_io_executor executor() const override { return loop_->get_executor(); }
    std::unique_ptr<base::timer> make_timer() override;

    asio::io_context& loop() noexcept { return *loop_; }
    // Sets the wall clock forward, or back; the steady time does not notice.
    void shift_wall(std::chrono::milliseconds by) { wall_offset_ += by; }

    bool step(base::steady_time limit = base::steady_time::max()) { return line_.step(limit); }
    bool run_until(
        const std::function<bool()>& done, base::steady_time limit = base::steady_time::max()
    ) {
        return line_.run_until(done, limit);
    }
    void run_for(base::steady_time::duration span) { line_.run_for(span); }

    // Its loop stands still until then, as a stopped process does: what is due meanwhile is late.
    void pause_until(base::steady_time then) { paused_until_ = std::max(paused_until_, then); }
    bool is_paused() const noexcept { return paused_until_ > line_.now(); }
    // Destroys every handler and with it every suspended coroutine, as a crash would. Afterwards
    // only the clocks may be read.
    void drop();
    std::size_t pending_timers() const noexcept { return timers_.size(); }

private:
    friend class timeline;
    class queued_timer;
    using moment = std::pair<base::steady_time, std::uint64_t>;

    std::unique_ptr<timeline> own_;
    timeline& line_;
    std::uint64_t chance_;
    std::chrono::system_clock::duration wall_offset_ = default_wall;
    base::steady_time paused_until_{};
    std::unique_ptr<asio::io_context> loop_;
    std::map<moment, queued_timer*> timers_;  // each owned by its user
};

}  // namespace gateway::support
