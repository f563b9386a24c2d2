#include "journal/deferred_journal.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

namespace gateway::journal {
namespace {

using asio::awaitable;
using redemption::journal_error;
using redemption::journal_result;
using redemption::record;

struct opening {
    std::unique_ptr<managed_journal> file;
    std::string fault;  // when there is no file
};

awaitable<opening> opening_by(const late_journal::opener& open_file) {
    opening out;
    try {
        out.file = open_file();
    } catch (const std::exception& error) {
        out.fault = error.what();
    }
    co_return out;
}

awaitable<void> closing(managed_journal& file) {
    file.close();
    co_return;
}

template <class T>
awaitable<journal_result<T>> refusal(journal_error why) {
    co_return why;
}

}  // namespace

late_journal::late_journal(
    base::runtime& time,
    asio::thread_pool& workers,
    opener open_file,
    on_failure failed,
    pauses between
)
    : time_(time),
      workers_(workers),
      open_file_(std::move(open_file)),
      failed_(std::move(failed)),
      pauses_(between) {}

awaitable<bool> late_journal::open(taker take_up) {
    auto pause = pauses_.first;
    while (!given_up_) {
        auto fault = co_await try_once(take_up);
        if (!fault) {
            co_return taken_up_;
        }
        reason_.reason = std::move(*fault);
        failed_(reason_.reason);
        if (!given_up_) {
            co_await hurry_.wait_until(time_, time_.now() + pause);
        }
        pause = std::min(2 * pause, pauses_.longest);
    }
    co_return false;
}

// What went wrong. Nothing went wrong, either, when it was given up meanwhile.
awaitable<std::optional<std::string>> late_journal::try_once(const taker& take_up) {
    auto result = co_await asio::co_spawn(workers_, opening_by(open_file_), asio::use_awaitable);
    if (!result.file) {
        co_return std::move(result.fault);
    }
    file_ = std::move(result.file);
    if (given_up_) {
        co_return std::nullopt;
    }
    reason_.reason = "what the journal holds is being taken up";
    const auto taken = co_await take_up();
    if (!taken) {
        co_await let_go();
        co_return taken.error().reason;
    }
    taken_up_ = true;
    co_return std::nullopt;
}

// Whoever mends the file finds it unused, and the next try sees it afresh.
awaitable<void> late_journal::let_go() {
    const auto file = std::move(file_);
    co_await asio::co_spawn(workers_, closing(*file), asio::use_awaitable);
}

void late_journal::give_up() {
    given_up_ = true;
    hurry_.notify();
}

// Callers come in only when everything pending is at work again: a wish they repeat must find the
// one they repeat.

awaitable<journal_result<redemption::accept_outcome>> late_journal::accept(
    const record& wish, std::optional<redemption::attempt> first
) {
    return serving() ? serving()->accept(wish, std::move(first))
                     : refusal<redemption::accept_outcome>(reason_);
}

awaitable<journal_result<redemption::accept_outcome>> late_journal::restart(
    const record& wish, std::optional<redemption::attempt> first
) {
    return serving() ? serving()->restart(wish, std::move(first))
                     : refusal<redemption::accept_outcome>(reason_);
}

awaitable<journal_result<redemption::decide_outcome>> late_journal::decide(
    const redemption::settlement& what, redemption::time_point seen
) {
    return serving() ? serving()->decide(what, seen) : refusal<redemption::decide_outcome>(reason_);
}

awaitable<journal_result<std::optional<record>>> late_journal::find(
    const redemption::redemption_id& id
) {
    return serving() ? serving()->find(id) : refusal<std::optional<record>>(reason_);
}

awaitable<journal_result<std::optional<record>>> late_journal::find_by_key(
    const redemption::caller_name& caller, const redemption::idempotency_key& key
) {
    return serving() ? serving()->find_by_key(caller, key)
                     : refusal<std::optional<record>>(reason_);
}

awaitable<journal_result<std::vector<record>>> late_journal::list(
    const redemption::list_filter& filter
) {
    return serving() ? serving()->list(filter) : refusal<std::vector<record>>(reason_);
}

std::optional<journal_error> late_journal::trouble() const {
    return serving() ? serving()->trouble() : reason_;
}

// What is taken up is driven on at once.

awaitable<journal_result<redemption::start_outcome>> late_journal::start_attempt(
    const redemption::redemption_id& id, const redemption::attempt& started
) {
    return opened() ? opened()->start_attempt(id, started)
                    : refusal<redemption::start_outcome>(reason_);
}

awaitable<journal_result<void>> late_journal::settle(const redemption::settlement& what) {
    return opened() ? opened()->settle(what) : refusal<void>(reason_);
}

awaitable<journal_result<std::vector<record>>> late_journal::load_pending() {
    return opened() ? opened()->load_pending() : refusal<std::vector<record>>(reason_);
}

awaitable<journal_result<std::vector<redemption::told_ban>>> late_journal::load_bans() {
    return opened() ? opened()->load_bans() : refusal<std::vector<redemption::told_ban>>(reason_);
}

awaitable<journal_result<std::uint64_t>> late_journal::count_unknown() {
    return opened() ? opened()->count_unknown() : refusal<std::uint64_t>(reason_);
}

awaitable<journal_result<void>> late_journal::probe() {
    return opened() ? opened()->probe() : refusal<void>(reason_);
}

awaitable<journal_result<std::size_t>> late_journal::remove_final_before(
    redemption::time_point before, std::size_t at_most
) {
    return opened() ? opened()->remove_final_before(before, at_most)
                    : refusal<std::size_t>(reason_);
}

void late_journal::close() {
    if (file_) {
        file_->close();
    }
}

}  // namespace gateway::journal
