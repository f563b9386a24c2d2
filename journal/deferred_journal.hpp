#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/wait_list.hpp"
#include "journal/managed_journal.hpp"

namespace gateway::journal {

enum class open_outcome {
    opened,     // and its content recovered
    cancelled,  // by cancel_open()
};

// The journal of a process that serves before its file can be opened: the file may still be another
// process's, be locked, read-only, damaged or of a newer version, or its disk full
// (docs/journal.md, Deferred opening). Until open() has ended well, every call answers with the
// reason and nothing is written; from then on calls go to the journal that was opened. All calls on
// the loop.
class deferred_journal final : public managed_journal {
public:
    // Runs on a worker and may block; throws std::exception with one sentence that says why the
    // journal can't be opened, or opening_error where the log has another one than callers.
    using opener = std::function<std::unique_ptr<managed_journal>()>;
    // Puts to work what the opened journal holds, through this object.
    using recovery = std::function<asio::awaitable<redemption::journal_result<void>>()>;
    using failure_observer = std::function<void(const base::redacted_text& reason)>;
    struct retry_pauses {
        std::chrono::milliseconds first{100};  // doubles with every failure
        std::chrono::milliseconds longest{1000};
    };

    // `on_failure` is called on the loop for every failed opening. `time` and `workers` must
    // outlive this object.
    deferred_journal(
        base::runtime& time,
        asio::thread_pool& workers,
        opener open_file,
        failure_observer on_failure,
        retry_pauses pauses
    );

    // Opens the journal and recovers its content; repeats both until they have succeeded. At most
    // one call.
    asio::awaitable<open_outcome> open(recovery recover);
    // Ends open() when the opening or recovery that is under way has ended.
    void cancel_open();

    asio::awaitable<redemption::journal_result<redemption::accept_outcome>> accept(
        const redemption::record& wish, std::optional<redemption::attempt> first
    ) override;
    asio::awaitable<redemption::journal_result<redemption::accept_outcome>> restart(
        const redemption::record& wish, std::optional<redemption::attempt> first
    ) override;
    asio::awaitable<redemption::journal_result<redemption::start_outcome>> start_attempt(
        const redemption::redemption_id& id, const redemption::attempt& started
    ) override;
    asio::awaitable<redemption::journal_result<redemption::settle_outcome>> settle(
        const redemption::settlement& what
    ) override;
    asio::awaitable<redemption::journal_result<redemption::late_answer>> tell_late(
        const redemption::settlement& what
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
    asio::awaitable<redemption::journal_result<std::vector<redemption::record>>> take(
        std::size_t at_most
    ) override;
    asio::awaitable<redemption::journal_result<void>> give_back(
        std::vector<redemption::redemption_id> which
    ) override;
    asio::awaitable<redemption::journal_result<bool>> leave_word(
        const redemption::redemption_id& id, const redemption::operator_resolution& word
    ) override;
    asio::awaitable<redemption::journal_result<redemption::observation>> look(
        std::vector<redemption::redemption_id> watched,
        std::vector<redemption::redemption_id> waiting
    ) override;
    asio::awaitable<redemption::journal_result<std::vector<redemption::recorded_ban>>> load_bans(
    ) override;
    asio::awaitable<redemption::journal_result<void>> lift_bans(
        const redemption::platform_identity& identity,
        const std::optional<redemption::method_name>& method
    ) override;
    asio::awaitable<redemption::journal_result<std::uint64_t>> count_unknown() override;
    asio::awaitable<redemption::journal_result<std::optional<redemption::time_point>>>
    newest_change() override;
    asio::awaitable<redemption::journal_result<std::vector<redemption::unconfigured_name>>>
    find_unconfigured(const redemption::configured_names& configured) override;
    asio::awaitable<redemption::journal_result<std::vector<redemption::account_identity>>>
    account_names() override;
    asio::awaitable<redemption::journal_result<void>> probe() override;
    asio::awaitable<redemption::journal_result<void>> adopt(
        const redemption::account_identity& known
    ) override;
    asio::awaitable<redemption::journal_result<std::size_t>> remove_final_before(
        redemption::time_point before, std::size_t at_most
    ) override;
    std::optional<redemption::journal_error> trouble() const override;

    std::chrono::nanoseconds oldest_write() const override;
    asio::awaitable<redemption::journal_result<storage_use>> storage() override;
    std::optional<redemption::replica_standing> standing() const override;
    asio::awaitable<redemption::journal_result<clear_rows>> count_in_clear(std::int64_t after
    ) override;
    std::optional<redemption::time_point> created_at() const override;
    redemption::fellowship& fellows() override { return fellows_; }
    bool is_new() const override;
    std::optional<redemption::journal_loss> loss() const override;
    asio::awaitable<redemption::journal_result<redemption::journal_loss>> acknowledge_losses(
        std::int64_t up_to, std::string who, std::string note
    ) override;
    std::vector<redemption::tail_look> take_looks() override;

    // To be called after open() has ended.
    void close() override;

private:
    struct opening_fault {
        base::redacted_text logged;
        base::redacted_text shown;  // to callers and by /readyz
    };
    struct open_attempt;

    static asio::awaitable<open_attempt> attempt_on_worker(const opener& open_file);
    asio::awaitable<std::optional<opening_fault>> try_once(const recovery& recover);
    asio::awaitable<void> close_file();

    // The journal for the recovery's calls, and the one for callers: null as long as it is not
    // ready for them.
    managed_journal* opened() const { return file_.get(); }
    managed_journal* serving() const { return recovered_ ? file_.get() : nullptr; }

    // The fellows of the opened journal; until then this process may send nothing.
    class late_fellows final : public redemption::fellowship {
    public:
        explicit late_fellows(deferred_journal& of) : of_(of) {}
        asio::awaitable<redemption::journal_result<redemption::fellowship_news>> keep(
            std::vector<redemption::account_demand> wanted
        ) override;
        redemption::life_number life() const noexcept override;
        redemption::boot_time may_send_until(redemption::life_number started_in
        ) const noexcept override;
        bool shared() const noexcept override;

    private:
        deferred_journal& of_;
    };

    base::runtime& time_;
    asio::thread_pool& workers_;
    const opener open_file_;
    const failure_observer on_failure_;
    const retry_pauses pauses_;
    base::wait_list cancellation_;
    std::unique_ptr<managed_journal> file_;
    redemption::journal_error reason_{base::fixed_text("the journal is being opened")};
    late_fellows fellows_{*this};
    bool recovered_ = false;
    bool cancelled_ = false;
};

}  // namespace gateway::journal
