#include "tests/support/virtual_time.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <optional>
#include <utility>

namespace gateway::support {
namespace {

std::unique_ptr<asio::io_context> new_loop() {
    return std::make_unique<asio::io_context>(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
}

}  // namespace

class virtual_time::queued_timer final : public base::timer {
public:
    explicit queued_timer(virtual_time& of) : of_(of) {}
    ~queued_timer() override { cancel(); }

    void start(base::steady_time at, completion done) override {
        at_ = {std::max(at, of_.now()), of_.line_.sequence_++};
        done_.emplace(std::move(done));
        of_.timers_.emplace(at_, this);
    }
    void cancel() override {
        if (done_) {
            of_.timers_.erase(at_);
            fire();
        }
    }
    // The caller has taken it out of the queue.
    void fire() {
        auto done = take();
        if (of_.loop_) {
            asio::post(*of_.loop_, [done = std::move(done)]() mutable { std::move(done)(); });
        }
    }
    completion take() {
        completion done(std::move(*done_));
        done_.reset();
        return done;
    }

private:
    virtual_time& of_;
    moment at_;
    std::optional<completion> done_;  // Boost 1.81's any_completion_handler can't be assigned
};

bool timeline::run_ready() {
    for (std::size_t tried = 0; tried < loops_.size(); ++tried) {
        auto& of = *loops_[next_++ % loops_.size()];
        if (of.is_paused()) {
            continue;
        }
        auto& loop = *of.loop_;
        loop.restart();
        if (loop.poll_one() > 0) {
            return true;
        }
    }
    return false;
}

bool timeline::step(base::steady_time limit) {
    if (run_ready()) {
        return true;
    }
    virtual_time* earliest = nullptr;
    for (auto* const loop : loops_) {
        const bool earlier = !loop->is_paused() && !loop->timers_.empty() &&
                             (earliest == nullptr ||
                              loop->timers_.begin()->first < earliest->timers_.begin()->first);
        earliest = earlier ? loop : earliest;
    }
    auto wakes = base::steady_time::max();
    for (const auto* const loop : loops_) {
        wakes = loop->is_paused() ? std::min(wakes, loop->paused_until_) : wakes;
    }
    if (wakes != base::steady_time::max() && wakes <= limit &&
        (earliest == nullptr || wakes <= earliest->timers_.begin()->first.first)) {
        now_ = wakes;
        return true;
    }
    if (earliest == nullptr) {
        return false;
    }
    const auto due = earliest->timers_.begin();
    const auto at = due->first.first;
    if (at > limit || at == base::steady_time::max()) {
        return false;
    }
    now_ = std::max(now_, at);
    auto* const timer = due->second;
    earliest->timers_.erase(due);
    timer->fire();
    return true;
}

bool timeline::run_until(const std::function<bool()>& done, base::steady_time limit) {
    while (!done()) {
        if (!step(limit)) {
            now_ = limit == base::steady_time::max() ? now_ : std::max(now_, limit);
            return done();
        }
    }
    return true;
}

void timeline::run_for(base::steady_time::duration span) {
    run_until([] { return false; }, now_ + span);
}

virtual_time::virtual_time(std::uint64_t seed)
    : own_(std::make_unique<timeline>()), line_(*own_), chance_(seed), loop_(new_loop()) {
    line_.loops_.push_back(this);
}

virtual_time::virtual_time(timeline& shared, std::uint64_t seed)
    : line_(shared), chance_(seed), loop_(new_loop()) {
    line_.loops_.push_back(this);
}

virtual_time::~virtual_time() {
    drop();
}

std::chrono::system_clock::time_point virtual_time::precise_wall_now() const noexcept {
    const auto since = line_.now() - timeline::start;
    return std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(since) + wall_offset_
    );
}

// SplitMix64.
std::uint64_t virtual_time::random_bits() {
    auto bits = chance_ += 0x9e3779b97f4a7c15U;
    bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebU;
    return bits ^ (bits >> 31U);
}

std::unique_ptr<base::timer> virtual_time::make_timer() {
    return std::make_unique<queued_timer>(*this);
}

// A frame that goes may cancel the timers of others or own the timer that held it, so each handler
// leaves its timer before it is destroyed.
void virtual_time::drop() {
    std::erase(line_.loops_, this);
    while (!timers_.empty()) {
        auto* const timer = timers_.begin()->second;
        timers_.erase(timers_.begin());
        const auto gone = timer->take();
    }
    loop_.reset();
}

}  // namespace gateway::support
