#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/wait_list.hpp"
#include "journal/managed_journal.hpp"

namespace gateway::journal {

// A journal that may have to be waited for (contract §5): when the process starts, the file may
// still be another process's, be locked, read-only, damaged or of a newer version, its disk full.
// Until open() has ended well, questions and new wishes are answered with the reason and nothing is
// written; from then on this is the journal that was opened. All calls on the thread of `loop`.
class late_journal final : public managed_journal {
public:
    // Runs on a worker and may block; throws std::exception with one sentence for why it can't.
    using opener = std::function<std::unique_ptr<managed_journal>()>;
    // Takes up what the opened journal holds, by calling this object.
    using taker = std::function<asio::awaitable<redemption::journal_result<void>>()>;
    using on_failure = std::function<void(std::string_view reason)>;
    struct pauses {
        std::chrono::milliseconds first{100};  // doubles with every failure
        std::chrono::milliseconds longest{1000};
    };

    // `failed` hears of every failure, on the loop. `workers` must outlive this.
    late_journal(
        base::runtime& time,
        asio::thread_pool& workers,
        opener open_file,
        on_failure failed,
        pauses between
    );

    // Opens the journal and has its content taken up, again and again until both have worked. False
    // when give_up() was called before. Once.
    asio::awaitable<bool> open(taker take_up);
    // Makes open() end: after the opening or taking up that is under way.
    void give_up();

    asio::awaitable<redemption::journal_result<redemption::accept_outcome>> accept(
        const redemption::record& wish, std::optional<redemption::attempt> first
    ) override;
    asio::awaitable<redemption::journal_result<redemption::accept_outcome>> restart(
        const redemption::record& wish, std::optional<redemption::attempt> first
    ) override;
    asio::awaitable<redemption::journal_result<redemption::start_outcome>> start_attempt(
        const redemption::redemption_id& id, const redemption::attempt& started
    ) override;
    asio::awaitable<redemption::journal_result<void>> settle(const redemption::settlement& what
    ) override;
    asio::awaitable<redemption::journal_result<redemption::decide_outcome>> decide(
        const redemption::settlement& what, redemption::time_point seen
    ) override;
    asio::awaitable<redemption::journal_result<std::optional<redemption::record>>> find(
        const redemption::redemption_id& id
    ) override;
    asio::awaitable<redemption::journal_result<std::optional<redemption::record>>> find_by_key(
        const redemption::caller_name& caller, const redemption::idempotency_key& key
    ) override;
    asio::awaitable<redemption::journal_result<std::vector<redemption::record>>> list(
        const redemption::list_filter& filter
    ) override;
    asio::awaitable<redemption::journal_result<std::vector<redemption::record>>> load_pending(
    ) override;
    asio::awaitable<redemption::journal_result<std::vector<redemption::told_ban>>> load_bans(
    ) override;
    asio::awaitable<redemption::journal_result<std::uint64_t>> count_unknown() override;
    asio::awaitable<redemption::journal_result<void>> probe() override;
    asio::awaitable<redemption::journal_result<std::size_t>> remove_final_before(
        redemption::time_point before, std::size_t at_most
    ) override;
    std::optional<redemption::journal_error> trouble() const override;

    // Only after open() has ended.
    void close() override;

private:
    asio::awaitable<std::optional<std::string>> try_once(const taker& take_up);
    asio::awaitable<void> let_go();

    // The journal for calls of those who take up, and for those of callers; null while it isn't
    // theirs yet.
    managed_journal* opened() const { return file_.get(); }
    managed_journal* serving() const { return taken_up_ ? file_.get() : nullptr; }

    base::runtime& time_;
    asio::thread_pool& workers_;
    const opener open_file_;
    const on_failure failed_;
    const pauses pauses_;
    base::wait_list hurry_;
    std::unique_ptr<managed_journal> file_;
    redemption::journal_error reason_{"the journal is being opened"};
    bool taken_up_ = false;
    bool given_up_ = false;
};

}  // namespace gateway::journal
