#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "journal/single_process_journal.hpp"
#include "redemption/probes.hpp"
#include "tests/simulation/journal_store.hpp"
#include "tests/simulation/simulated_fellows.hpp"

namespace gateway::simulation {

namespace asio = boost::asio;

// The journal's port over a store in memory: one writer that commits what waits as one group, and
// readers that see what was committed before they asked. Obeys the port's contract suite. Loop
// thread only.
class simulated_journal final : public journal::single_process_journal {
public:
    // All of it outlives the journal; the store outlives the process.
    // `shared`: other processes work on the store as well, each with lives of its own.
    simulated_journal(
        base::runtime& time,
        journal_store& store,
        disk& how,
        redemption::journal_probe& probe,
        bool shared = false
    );
    ~simulated_journal() override;

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
    redemption::fellowship& fellows() override;
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
    std::optional<redemption::journal_error> trouble() const override { return trouble_; }
    void close() override;

    // The process dies: what waits is destroyed. `doubt_stands`: the next start finds what was in
    // doubt.
    void crash(bool doubt_stands);
    bool owns(const redemption::redemption_id& id) const { return store_.owner(id) == me_; }
    bool in_doubt() const noexcept { return !held_.empty(); }
    bool answered_in_doubt() const noexcept { return maybe_.has_value(); }
    bool unanswered() const noexcept { return durable_ && !committing_.empty(); }
    bool idle() const noexcept { return !busy_ && waiting_.empty() && held_.empty(); }

private:
    struct operation;
    using batch = std::deque<std::unique_ptr<operation>>;

    template <class T, class Work>
    asio::awaitable<redemption::journal_result<T>> write(Work work);
    template <class T, class Work>
    asio::awaitable<redemption::journal_result<T>> read(Work work);
    void push(std::unique_ptr<operation> op);
    void after(std::chrono::milliseconds pause, void (simulated_journal::*then)());
    void begin();
    void commit();
    void answer();
    void hold(batch& jobs);
    void end_doubt();
    void adopt_doubt();
    void begin_life_if_ended();
    bool is_shared() const noexcept { return me_ != journal_store::alone; }
    void perform(batch& jobs, bool again = false);
    void fail(batch& jobs, const redemption::journal_error& why);
    void deliver(batch jobs);

    base::runtime& time_;
    journal_store& store_;
    disk& disk_;
    redemption::journal_probe& probe_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    std::unique_ptr<base::timer> writer_;
    redemption::life_number me_;
    std::unique_ptr<simulated_fellows> fellows_;  // of a shared store
    journal_store::queue_range takes_;
    batch waiting_;
    batch committing_;
    batch held_;  // in doubt
    // The rows that the next start may find, by what was answered as in doubt last, until
    // something is committed over it.
    std::optional<journal_store> maybe_;
    batch_plan plan_;
    base::steady_time began_{};
    std::optional<redemption::journal_error> trouble_;
    bool busy_ = false;
    bool durable_ = false;  // what is being committed
    bool closed_ = false;
};

}  // namespace gateway::simulation
