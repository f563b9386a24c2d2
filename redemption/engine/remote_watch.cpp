#include "redemption/engine/remote_watch.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;

// Between two questions: while a redemption is fresh in the watch, and later.
constexpr milliseconds soon{100};
constexpr milliseconds later{250};
constexpr std::chrono::seconds fresh_for{2};

}  // namespace

// In the watch as long as this object lives.
class remote_watch::membership {
public:
    membership(remote_watch& of, live_redemption& live, bool for_turn)
        : of_(of),
          at_(of.all_.emplace(
              live.record.id,
              followed{
                  .live = &live,
                  .for_turn = for_turn,
                  .told = false,
                  .since = of.context_.time.now()
              }
          )) {
        if (!std::exchange(of_.asking_, true)) {
            of_.context_.spawn(of_.ask_again_and_again());
        }
    }
    ~membership() { of_.all_.erase(at_); }
    membership(const membership&) = delete;
    membership& operator=(const membership&) = delete;

    bool told() const { return at_->second.told; }
    void ask_again() { at_->second.told = false; }

private:
    remote_watch& of_;
    const std::multimap<redemption_id, followed>::iterator at_;
};

boost::asio::awaitable<void> remote_watch::until_ended(live_redemption& live) {
    membership here(*this, live, false);
    while (live.elsewhere && !stopped_) {
        if (here.told() && co_await read(live)) {
            co_return;
        }
        here.ask_again();
        co_await live.wake.wait_until(context_.time, time::max());
    }
}

boost::asio::awaitable<void> remote_watch::until_turn(live_redemption& live, time until) {
    if (stopped_) {
        co_return;  // its driver was notified while it did not wait here yet
    }
    const membership here(*this, live, true);
    co_await live.wake.wait_until(context_.time, until);
}

void remote_watch::stop() {
    stopped_ = true;
    stopping_.notify();
    for (const auto& [id, one] : all_) {
        one.live->wake.notify();
    }
}

// False: the journal can't be read now, or the redemption went to another process meanwhile.
boost::asio::awaitable<bool> remote_watch::read(live_redemption& live) {
    auto found = co_await context_.journal.find(live.record.id);
    if (!found) {
        context_.probe.journal_trouble(live.record, found.error().reason);
        co_return false;
    }
    if (!*found) {
        co_return true;  // the retention has removed it
    }
    if ((*found)->state == state::pending && (*found)->elsewhere) {
        co_return false;
    }
    live.record = std::move(**found);
    live.elsewhere = live.record.state != state::pending;
    co_return true;
}

boost::asio::awaitable<void> remote_watch::ask_again_and_again() {
    while (!all_.empty() && !stopped_) {
        co_await stopping_.wait_until(context_.time, context_.time.now() + pause());
        if (!all_.empty() && !stopped_) {
            co_await ask();
        }
    }
    asking_ = false;
}

boost::asio::awaitable<void> remote_watch::ask() {
    std::vector<redemption_id> watched;
    std::vector<redemption_id> waiting;
    for (const auto& [id, one] : all_) {
        (one.for_turn ? waiting : watched).push_back(id);
    }
    const auto seen = co_await context_.journal.look(std::move(watched), std::move(waiting));
    if (seen) {
        tell(seen->ended, false);
        tell(seen->turns, true);
    }
}

void remote_watch::tell(const std::vector<redemption_id>& which, bool for_turn) {
    for (const auto& id : which) {
        const auto [first, last] = all_.equal_range(id);
        for (auto one = first; one != last; ++one) {
            if (one->second.for_turn == for_turn) {
                one->second.told = true;
                one->second.live->wake.notify();
            }
        }
    }
}

milliseconds remote_watch::pause() const {
    const auto now = context_.time.now();
    const bool fresh = std::any_of(all_.begin(), all_.end(), [&](const auto& one) {
        return now < one.second.since + fresh_for;
    });
    return fresh ? soon : later;
}

}  // namespace gateway::redemption
