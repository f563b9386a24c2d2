#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "tests/simulation/process.hpp"
#include "tests/simulation/world.hpp"

namespace gateway::simulation {

using namespace redemption;
using std::chrono::milliseconds;
using std::chrono::seconds;

// The longest time that a read of the journal takes.
inline constexpr std::chrono::seconds read_within{2};

inline constexpr std::size_t most_steps = 400'000;

// One request of a caller under way.
struct open_call {
    std::size_t process = 0;
    std::size_t tracked = 0;
    std::size_t wish = 0;
    base::steady_time began;
    base::steady_time until;
    bool known = false;  // the gateway knew before that it was taken
    caller_connection connection;
    std::function<void()> lost;
};

// One run: a process, its callers, its operators and its faults. The events of a run come
// from its seed alone.
class world {
public:
    world(std::uint64_t seed, bool tracing, const std::function<void(swarm&)>& change);
    run_report run();

private:
    void draw_accounts();
    void draw_tracked_key(std::size_t number);
    std::size_t draw_wish(std::size_t tracked, const wish* same_keys);
    void schedule_events();
    // The configuration, the names in it and the wall clock may change from one process to the
    // next.
    void draw_configuration();
    void draw_slot(account_slot& slot);
    std::size_t new_side(bool taobao);
    void jump(milliseconds by);
    void begin_process(std::size_t number);
    void crash(std::size_t number, const char* why);
    void look_after(std::size_t number);
    void start_later(std::size_t number);
    void stand_still();
    // Any of the processes.
    process& any();
    bool waited(std::size_t number, base::steady_time since) const;
    void end_trouble();
    bool settled();

    struct caller {
        std::size_t tracked = 0;
        std::size_t asks = 0;
        bool wants_replay = false;
    };
    void ask(const std::shared_ptr<caller>& by);
    void again(const std::shared_ptr<caller>& by, milliseconds pause);
    void stop(caller& by);
    void answered(
        const std::shared_ptr<caller>& by, const std::shared_ptr<open_call>& call, submit_outcome
    );
    void on_answer(
        const std::shared_ptr<caller>& by, open_call& call, const redemption_snapshot& snapshot
    );
    void check_time(const open_call& call, bool final_answer);

    void look();
    struct look_up {
        std::size_t process = 0;
        base::steady_time began;
        base::steady_time until;
    };
    void looked_up(tracked_key& of, const look_up& asked, const find_outcome& outcome);
    void operate();
    void operate_on(tracked_key& of, const record& row);
    void repeat_resolution(tracked_key& of, const redemption_id& id, state to);
    // A redemption whose account does not come back needs an operator once it is in doubt.
    void resolve_orphans();
    bool is_configured(const record& row) const;
    void try_now(const account_slot& slot);

    scenario scenario_;
    oracle judge_{scenario_};
    simulated_methods methods_;
    std::deque<platform_side> sides_;
    std::deque<account_slot> slots_;
    std::vector<std::unique_ptr<process>> processes_;
    std::vector<std::shared_ptr<open_call>> calls_;
    std::size_t crashes_left_;
    std::size_t crash_at_ = 0;
    base::steady_time calm_since_ = base::steady_time::max();
    std::size_t pauses_left_;
    std::size_t pause_at_ = 0;
    std::set<std::size_t> restarts_;
    std::size_t steps_ = 0;
    std::size_t orders_ = 0;
};

}  // namespace gateway::simulation
