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
#include "journal/managed_journal.hpp"
#include "redemption/probes.hpp"
#include "tests/simulation/journal_store.hpp"

namespace gateway::simulation {

namespace asio = boost::asio;

// The outcome of one group of writes (docs/journal.md, Group commit).
struct batch_plan {
    enum class outcome {
        done,
        refused,   // the disk fails before the flush: nothing of it is written
        doubtful,  // the flush fails: the next start may find it (docs/journal.md, A commit in
                   // doubt)
        answered_doubtful,  // so does the one that would have ended the doubt
    };
    outcome what = outcome::done;
    std::chrono::milliseconds until_durable{0};
    std::chrono::milliseconds until_answered{0};  // after that
};

// The behaviour of the disk. The default is a disk that always works and takes no time.
class disk {
public:
    virtual ~disk() = default;
    virtual batch_plan next_batch(std::size_t /*operations*/) { return {}; }
    // Whether a doubt can be written over now.
    virtual bool doubt_ends() { return true; }
    // Whether the next start finds what is in doubt when the journal is closed.
    virtual bool doubt_stands_at_close() { return false; }
    // How long until a question is looked up, and from then until it is answered.
    virtual std::pair<std::chrono::milliseconds, std::chrono::milliseconds> next_read() {
        return {};
    }
    virtual bool read_fails() { return false; }
    // Something became durable, was asked for, or is answered now.
    virtual void committed() {}
    virtual void settle_asked(const redemption::redemption_id& /*id*/) {}
    virtual void settled(const redemption::redemption_id& /*id*/, bool /*written*/) {}
    virtual void start_asked(const redemption::redemption_id& /*id*/) {}
    virtual void start_answered(const redemption::redemption_id& /*id*/, bool /*started*/) {}
    virtual void accepted(
        const redemption::record& /*wish*/, const redemption::accept_outcome& /*outcome*/
    ) {}
};

// The journal's port over a store in memory: one writer that commits what waits as one group, and
// readers that see what was committed before they asked. Obeys the port's contract suite. Loop
// thread only.
class simulated_journal final : public journal::managed_journal {
public:
    // All of it outlives the journal; the store outlives the process.
    simulated_journal(
        base::runtime& time, journal_store& store, disk& how, redemption::journal_probe& probe
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
    void perform(batch& jobs);
    void fail(batch& jobs, const redemption::journal_error& why);
    void deliver(batch jobs);

    base::runtime& time_;
    journal_store& store_;
    disk& disk_;
    redemption::journal_probe& probe_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    std::unique_ptr<base::timer> writer_;
    batch waiting_;
    batch committing_;
    batch held_;  // in doubt
    // The rows that the next start may find, by what was answered as in doubt since the last
    // commit.
    std::optional<journal_store> maybe_;
    batch_plan plan_;
    base::steady_time began_{};
    std::optional<redemption::journal_error> trouble_;
    bool busy_ = false;
    bool durable_ = false;  // what is being committed
    bool closed_ = false;
};

}  // namespace gateway::simulation
