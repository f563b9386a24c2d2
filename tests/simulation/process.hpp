#pragma once

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "redemption/engine/engine.hpp"
#include "redemption/engine/housekeeping.hpp"
#include "tests/simulation/platform.hpp"
#include "tests/simulation/simulated_journal.hpp"

namespace gateway::simulation {

// One life of the gateway: its clock, its journal connection, its accounts and the engine. Killed
// at any moment it leaves the store and the platforms behind. Several may share a scenario.
class process final : redemption::core_probe, redemption::journal_probe, disk {
public:
    // `number` among those that share the scenario.
    process(
        std::size_t number,
        scenario& of,
        oracle& judge,
        const simulated_methods& methods,
        const std::deque<account_slot>& slots,
        std::deque<platform_side>& sides
    );
    ~process();
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    // Takes up what the journal holds; up() from then on.
    void start();
    bool up() const noexcept { return up_; }
    bool ended() const noexcept { return closed_; }
    bool killed() const noexcept { return engine_ == nullptr; }
    bool draining() const noexcept { return draining_; }
    // Its journal hangs and answers no more.
    bool stuck() const noexcept { return stuck_; }
    bool to_be_killed() const { return stuck_ && time_.now() >= killed_at_; }
    void drain();
    // Destroys everything that is under way. `doubt_stands`: the next process finds what the
    // journal was in doubt about.
    void kill(bool doubt_stands = false);
    // Stands still until then, its timers as well.
    void pause_until(base::steady_time then);
    bool stood_still_since(base::steady_time then) const { return pause_ends_ > then; }
    // Does not reach the database until then.
    void cut_off_until(base::steady_time then) { cut_off_until_ = then; }
    void secrets_changed(const redemption::account_name& name);
    // What was sent to a host that is not the platform counts anew.
    void demands_lifted(const redemption::account_name& account);
    // Nothing is under way, and nothing that was given out is missing.
    bool idle() const;
    void check_idle();

    redemption::engine& engine() { return *engine_; }
    support::virtual_time& time() { return time_; }

    // Runs a call of the engine; `then` gets its outcome, unless the process dies before.
    template <class T, class Then>
    void call(boost::asio::awaitable<T> task, Then then) {
        ++open_calls_;
        boost::asio::co_spawn(
            time_.executor(),
            std::move(task),
            [this, then = std::move(then)](std::exception_ptr fault, T result) mutable {
                --open_calls_;
                if (fault) {
                    failed(fault);
                    return;
                }
                then(std::move(result));
            }
        );
    }

private:
    void spawn(boost::asio::awaitable<void> task);
    void failed(const std::exception_ptr& fault);
    void pick_up();
    void look_whether_drained();
    void check_drained();

    void redemption_state(
        const redemption::record&, std::optional<redemption::state>, std::chrono::nanoseconds
    ) override;
    void operator_acted(const redemption::record&, const redemption::history_entry&) override {}
    void attempt_finished(
        const redemption::record&,
        const redemption::attempt&,
        const redemption::attempt_outcome&,
        std::chrono::nanoseconds
    ) override {}
    void account_paused(const redemption::account_name&, const base::redacted_text&) override;
    void account_resumed(const redemption::account_name&) override;
    void
    method_paused(const redemption::account_name&, const redemption::method_name&, const base::redacted_text&)
        override;
    void method_resumed(const redemption::account_name&, const redemption::method_name&) override;
    void account_tried(
        const redemption::account_name&,
        const std::optional<redemption::method_name>&,
        std::string_view
    ) override {}
    void breaker_opened(const redemption::account_name&, std::uint32_t, const base::redacted_text&)
        override;
    void breaker_closed(const redemption::account_name&) override;
    void turned_away(const redemption::account_name&, base::fixed_text) override;
    void journal_trouble(const redemption::record&, const base::redacted_text&) override {}
    void resolution_contradicted(const redemption::record&, const redemption::attempt&) override {}
    void redemptions_orphaned(const redemption::account_name&, std::size_t) override {}

    void committed(std::size_t, std::chrono::nanoseconds) override {}
    void failed(const base::redacted_text&) override {}
    void unreadable(std::size_t, const base::redacted_text&) override {}

    batch_plan next_batch(std::size_t operations) override;
    bool doubt_was_done() override { return scenario_.random.per_mille(500); }
    void taken(const redemption::redemption_id& id) override;
    void told_late(const redemption::late_answer& answer) override;
    void ended_others(std::size_t freed) override;
    void dispossessed() override;
    void shares_drawn(const redemption::account_demand& of, double sum) override;
    void not_ours(const redemption::redemption_id& id) override;
    void not_its_turn(const redemption::redemption_id& id) override;
    void word_left() override;
    void turns_seen(std::size_t ended, std::size_t turns) override;
    bool cut_off() const;
    bool doubt_ends() override;
    bool doubt_stands_at_close() override { return scenario_.random.per_mille(500); }
    std::pair<std::chrono::milliseconds, std::chrono::milliseconds> next_read() override;
    bool read_fails() override;
    void committed() override;
    void settle_asked(const redemption::redemption_id& id) override;
    void settled(const redemption::redemption_id& id, bool written) override;
    void start_asked(const redemption::redemption_id& id) override;
    void start_answered(const redemption::redemption_id& id, bool started) override;
    void accepted(const redemption::record&, const redemption::accept_outcome&) override;

    const std::size_t number_;
    scenario& scenario_;
    oracle& judge_;
    support::virtual_time time_;
    simulated_journal journal_;
    std::deque<std::shared_ptr<simulated_account>> accounts_;
    std::unique_ptr<redemption::engine> engine_;
    std::unique_ptr<redemption::housekeeping> keeping_;
    std::size_t tasks_ = 0;
    std::size_t open_calls_ = 0;
    std::size_t keepers_ = 0;
    bool up_ = false;
    bool draining_ = false;
    bool closed_ = false;
    bool stuck_ = false;
    base::steady_time killed_at_{};
    base::steady_time pause_ends_{};
    base::steady_time cut_off_until_{};
    base::steady_time drained_by_{};
};

}  // namespace gateway::simulation
