#include "journal/deferred_journal.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

#include "journal/opening_error.hpp"

namespace gateway::journal {
namespace {

using asio::awaitable;
using redemption::journal_error;
using redemption::journal_result;
using redemption::record;

awaitable<void> close_on_worker(managed_journal& file) {
    file.close();
    co_return;
}

template <class T>
awaitable<journal_result<T>> refusal(journal_error why) {
    co_return why;
}

}  // namespace

struct deferred_journal::open_attempt {
    std::unique_ptr<managed_journal> file;
    opening_fault fault;  // when there is no file
};

awaitable<deferred_journal::open_attempt> deferred_journal::attempt_on_worker(
    const opener& open_file
) {
    open_attempt result;
    try {
        result.file = open_file();
    } catch (const std::exception& error) {
        const auto logged = base::redacted_text::trusted(error.what());
        const auto* const both = dynamic_cast<const opening_error*>(&error);
        result.fault = {.logged = logged, .shown = both != nullptr ? both->shown() : logged};
    }
    co_return result;
}

deferred_journal::deferred_journal(
    base::runtime& time,
    asio::thread_pool& workers,
    opener open_file,
    failure_observer on_failure,
    retry_pauses pauses
)
    : time_(time),
      workers_(workers),
      open_file_(std::move(open_file)),
      on_failure_(std::move(on_failure)),
      pauses_(pauses) {}

awaitable<open_outcome> deferred_journal::open(recovery recover) {
    auto pause = pauses_.first;
    while (!cancelled_) {
        auto fault = co_await try_once(recover);
        if (!fault) {
            co_return recovered_ ? open_outcome::opened : open_outcome::cancelled;
        }
        reason_.reason = std::move(fault->shown);
        on_failure_(fault->logged);
        if (!cancelled_) {
            co_await cancellation_.wait_until(time_, time_.now() + pause);
        }
        pause = std::min(2 * pause, pauses_.longest);
    }
    co_return open_outcome::cancelled;
}

// Gives the reason of a failure; none, too, when open() was cancelled meanwhile.
awaitable<std::optional<deferred_journal::opening_fault>> deferred_journal::try_once(
    const recovery& recover
) {
    auto attempt =
        co_await asio::co_spawn(workers_, attempt_on_worker(open_file_), asio::use_awaitable);
    if (!attempt.file) {
        co_return std::move(attempt.fault);
    }
    file_ = std::move(attempt.file);
    if (cancelled_) {
        co_return std::nullopt;
    }
    reason_.reason = "the gateway is reading what the journal holds";
    const auto done = co_await recover();
    if (!done) {
        co_await close_file();
        co_return opening_fault{.logged = done.error().reason, .shown = done.error().reason};
    }
    recovered_ = true;
    co_return std::nullopt;
}

// An operator who repairs the file finds it unused, and the next opening sees it afresh.
awaitable<void> deferred_journal::close_file() {
    const auto file = std::move(file_);
    co_await asio::co_spawn(workers_, close_on_worker(*file), asio::use_awaitable);
}

void deferred_journal::cancel_open() {
    cancelled_ = true;
    cancellation_.notify();
}

// Callers are served only when everything pending is at work again: a repeated wish must find the
// one that it repeats.

awaitable<journal_result<redemption::accept_outcome>> deferred_journal::accept(
    const record& wish, std::optional<redemption::attempt> first
) {
    return serving() ? serving()->accept(wish, std::move(first))
                     : refusal<redemption::accept_outcome>(reason_);
}

awaitable<journal_result<redemption::accept_outcome>> deferred_journal::restart(
    const record& wish, std::optional<redemption::attempt> first
) {
    return serving() ? serving()->restart(wish, std::move(first))
                     : refusal<redemption::accept_outcome>(reason_);
}

awaitable<journal_result<redemption::decide_outcome>> deferred_journal::decide(
    const redemption::settlement& what, redemption::time_point seen
) {
    return serving() ? serving()->decide(what, seen) : refusal<redemption::decide_outcome>(reason_);
}

awaitable<journal_result<std::optional<record>>> deferred_journal::find(
    const redemption::redemption_id& id
) {
    return serving() ? serving()->find(id) : refusal<std::optional<record>>(reason_);
}

awaitable<journal_result<std::optional<record>>> deferred_journal::find_by_key(
    const redemption::caller_name& caller, const redemption::idempotency_key& key
) {
    return serving() ? serving()->find_by_key(caller, key)
                     : refusal<std::optional<record>>(reason_);
}

awaitable<journal_result<std::vector<record>>> deferred_journal::list(
    const redemption::list_filter& filter
) {
    return serving() ? serving()->list(filter) : refusal<std::vector<record>>(reason_);
}

awaitable<journal_result<bool>> deferred_journal::leave_word(
    const redemption::redemption_id& id, const redemption::operator_resolution& word
) {
    return serving() ? serving()->leave_word(id, word) : refusal<bool>(reason_);
}

awaitable<journal_result<void>> deferred_journal::lift_bans(
    const redemption::platform_identity& identity,
    const std::optional<redemption::method_name>& method
) {
    return serving() ? serving()->lift_bans(identity, method) : refusal<void>(reason_);
}

std::optional<journal_error> deferred_journal::trouble() const {
    return serving() ? serving()->trouble() : reason_;
}

// The recovery's calls: what it has put to work goes on at once.

awaitable<journal_result<redemption::start_outcome>> deferred_journal::start_attempt(
    const redemption::redemption_id& id, const redemption::attempt& started
) {
    return opened() ? opened()->start_attempt(id, started)
                    : refusal<redemption::start_outcome>(reason_);
}

awaitable<journal_result<redemption::settle_outcome>> deferred_journal::settle(
    const redemption::settlement& what
) {
    return opened() ? opened()->settle(what) : refusal<redemption::settle_outcome>(reason_);
}

awaitable<journal_result<redemption::late_answer>> deferred_journal::tell_late(
    const redemption::settlement& what
) {
    return opened() ? opened()->tell_late(what) : refusal<redemption::late_answer>(reason_);
}

awaitable<journal_result<std::vector<record>>> deferred_journal::take(std::size_t at_most) {
    return opened() ? opened()->take(at_most) : refusal<std::vector<record>>(reason_);
}

awaitable<journal_result<void>> deferred_journal::give_back(
    std::vector<redemption::redemption_id> which
) {
    return opened() ? opened()->give_back(std::move(which)) : refusal<void>(reason_);
}

awaitable<journal_result<redemption::observation>> deferred_journal::look(
    std::vector<redemption::redemption_id> watched, std::vector<redemption::redemption_id> waiting
) {
    return opened() ? opened()->look(std::move(watched), std::move(waiting))
                    : refusal<redemption::observation>(reason_);
}

awaitable<journal_result<std::vector<redemption::recorded_ban>>> deferred_journal::load_bans() {
    return opened() ? opened()->load_bans()
                    : refusal<std::vector<redemption::recorded_ban>>(reason_);
}

awaitable<journal_result<std::uint64_t>> deferred_journal::count_unknown() {
    return opened() ? opened()->count_unknown() : refusal<std::uint64_t>(reason_);
}

awaitable<journal_result<std::optional<redemption::time_point>>> deferred_journal::newest_change() {
    return opened() ? opened()->newest_change()
                    : refusal<std::optional<redemption::time_point>>(reason_);
}

awaitable<journal_result<void>> deferred_journal::probe() {
    return opened() ? opened()->probe() : refusal<void>(reason_);
}

awaitable<journal_result<void>> deferred_journal::adopt(const redemption::account_identity& known) {
    return opened() ? opened()->adopt(known) : refusal<void>(reason_);
}

awaitable<journal_result<std::vector<redemption::unconfigured_name>>>
deferred_journal::find_unconfigured(const redemption::configured_names& configured) {
    return opened() ? opened()->find_unconfigured(configured)
                    : refusal<std::vector<redemption::unconfigured_name>>(reason_);
}

awaitable<journal_result<std::vector<redemption::account_identity>>>
deferred_journal::account_names() {
    return opened() ? opened()->account_names()
                    : refusal<std::vector<redemption::account_identity>>(reason_);
}

awaitable<journal_result<std::size_t>> deferred_journal::remove_final_before(
    redemption::time_point before, std::size_t at_most
) {
    return opened() ? opened()->remove_final_before(before, at_most)
                    : refusal<std::size_t>(reason_);
}

std::chrono::nanoseconds deferred_journal::oldest_write() const {
    return opened() ? opened()->oldest_write() : std::chrono::nanoseconds(0);
}

std::optional<redemption::replica_standing> deferred_journal::standing() const {
    return opened() ? opened()->standing() : std::nullopt;
}

awaitable<journal_result<storage_use>> deferred_journal::storage() {
    return opened() ? opened()->storage() : refusal<storage_use>(reason_);
}

awaitable<journal_result<clear_rows>> deferred_journal::count_in_clear(std::int64_t after) {
    return opened() ? opened()->count_in_clear(after) : refusal<clear_rows>(reason_);
}

std::optional<redemption::time_point> deferred_journal::created_at() const {
    return opened() ? opened()->created_at() : std::nullopt;
}

awaitable<journal_result<redemption::fellowship_news>> deferred_journal::late_fellows::keep(
    std::vector<redemption::account_demand> wanted
) {
    return of_.opened() ? of_.opened()->fellows().keep(std::move(wanted))
                        : refusal<redemption::fellowship_news>(of_.reason_);
}

redemption::life_number deferred_journal::late_fellows::life() const noexcept {
    return of_.opened() ? of_.opened()->fellows().life() : 0;
}

redemption::boot_time deferred_journal::late_fellows::may_send_until(
    redemption::life_number started_in
) const noexcept {
    return of_.opened() ? of_.opened()->fellows().may_send_until(started_in)
                        : redemption::boot_time(0);
}

bool deferred_journal::late_fellows::shared() const noexcept {
    return of_.opened() && of_.opened()->fellows().shared();
}

bool deferred_journal::is_new() const {
    return opened() != nullptr && opened()->is_new();
}

std::optional<redemption::journal_loss> deferred_journal::loss() const {
    return opened() ? opened()->loss() : std::nullopt;
}

awaitable<journal_result<redemption::journal_loss>> deferred_journal::acknowledge_losses(
    std::int64_t up_to, std::string who, std::string note
) {
    return serving() ? serving()->acknowledge_losses(up_to, std::move(who), std::move(note))
                     : refusal<redemption::journal_loss>(reason_);
}

std::vector<redemption::tail_look> deferred_journal::take_looks() {
    return opened() ? opened()->take_looks() : std::vector<redemption::tail_look>();
}

void deferred_journal::close() {
    if (file_) {
        file_->close();
    }
}

}  // namespace gateway::journal
