#include "redemption/engine/keeper.hpp"

#include <algorithm>
#include <utility>

namespace gateway::redemption {
namespace {

constexpr std::chrono::seconds renewal_pause{1};
// Redemptions taken in one step, and the pause after it: processes that start together share.
constexpr std::size_t step = 1000;
constexpr std::chrono::milliseconds step_pause{50};
// How soon the end of a drain is noticed.
constexpr std::chrono::milliseconds drain_pause{50};

}  // namespace

boost::asio::awaitable<journal_result<void>> keeper::start() {
    if (!context_.fellows.shared()) {
        co_return journal_result<void>();
    }
    const auto news = co_await context_.fellows.keep(accounts_.demands());
    if (!news) {
        co_return news.error();
    }
    obey(*news);
    if (!std::exchange(renewing_, true)) {
        context_.spawn(renew_again_and_again());
    }
    co_return journal_result<void>();
}

void keeper::begin_drain() {
    draining_ = true;
    draining_began_.notify();
}

boost::asio::awaitable<void> keeper::renew_again_and_again() {
    auto next = context_.time.now();
    while (!drained()) {
        const auto now = context_.time.now();
        if (now < next) {
            const auto look = draining_ ? std::min(next, now + drain_pause) : next;
            co_await draining_began_.wait_until(context_.time, look);
            continue;
        }
        next = now + renewal_pause;
        const auto news = co_await context_.fellows.keep(accounts_.demands());
        if (news) {
            obey(*news);
        }
        // Free redemptions are taken beside the renewals, which must not wait for a write that
        // hangs.
        const bool takes = news && news->free_work && picked_up_ && !draining_;
        if (takes && !std::exchange(taking_, true)) {
            context_.spawn(take_free());
        }
    }
}

boost::asio::awaitable<void> keeper::take_free() {
    co_await take_pages();
    taking_ = false;
}

// The rest is taken with a later renewal when this takes long.
boost::asio::awaitable<void> keeper::take_pages() {
    const auto until = context_.time.now() + renewal_pause;
    while (!draining_ && context_.time.now() < until) {
        auto page = co_await context_.journal.take(step);
        if (!page || page->empty()) {
            co_return;
        }
        for (auto& taken : *page) {
            resume(std::move(taken));
        }
        co_await draining_began_.wait_until(context_.time, context_.time.now() + step_pause);
    }
}

void keeper::resume(record taken) {
    accounts_.follow_renaming(taken);
    const auto live = table_.find(taken.id);
    if (!live) {
        begin_(std::move(taken));
        return;
    }
    if (live->elsewhere) {
        live->record = std::move(taken);
        live->elsewhere = false;
        live->wake.notify();
    }
}

void keeper::obey(const fellowship_news& news) {
    if (news.dispossessed) {
        give_up_all();
    }
    accounts_.remember(news.bans);
    accounts_.share(news.shares);
    for (const auto& [id, word] : news.words) {
        pass_on(id, word);
    }
}

// Attempts under way end by themselves; the journal then says not_ours.
void keeper::give_up_all() {
    table_.for_each([](live_redemption& live) {
        if (live.accepted) {
            live.elsewhere = true;
            live.wake.notify();
        }
    });
}

void keeper::pass_on(const redemption_id& id, const operator_resolution& word) {
    const auto live = table_.find(id);
    if (live && live->accepted && !live->elsewhere && !live->pending_resolution) {
        live->pending_resolution = word;
        live->wake.notify();
    }
}

}  // namespace gateway::redemption
