#include "replicas_run.hpp"

#include <algorithm>
#include <memory>
#include <ostream>

#include "chaos_world.hpp"
#include "postgres_view.hpp"
#include "random_faults.hpp"

namespace gateway::crash {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr milliseconds moment_limit{300};
constexpr seconds final_limit{120};
// One replica is left alone for so long, so that somebody sees a lease end; then another one is.
constexpr seconds spared_for{8};
constexpr std::uint64_t answers_between_readings = 3000;  // the simulator remembers ten thousand

enum class trouble_kind { kill, pause, database_crash, term, cut, silence, slow, backend_kill };

// As many of each as asked for, and of the others in proportion, in random order.
std::vector<trouble_kind> plan_of(const replicas_options& options, generator& random) {
    const int all = options.kills + options.pauses;
    const std::pair<trouble_kind, int> wanted[] = {
        {trouble_kind::kill, options.kills},
        {trouble_kind::pause, options.pauses},
        {trouble_kind::database_crash, options.database_crashes},
        {trouble_kind::term, all / 8},
        {trouble_kind::cut, all / 6},
        {trouble_kind::silence, all / 8},
        {trouble_kind::slow, all / 12},
        {trouble_kind::backend_kill, options.database_crashes / 4},
    };
    std::vector<trouble_kind> plan;
    for (const auto& [kind, times] : wanted) {
        plan.insert(plan.end(), static_cast<std::size_t>(times), kind);
    }
    for (std::size_t i = plan.size(); i > 1; --i) {
        std::swap(plan[i - 1], plan[random() % i]);
    }
    return plan;
}

class run {
public:
    explicit run(const replicas_options& options)
        : options_(options), random_(options.seed), world_(counts_) {}

    void perform(run_result& result);
    const replicas_counts& counts() const { return counts_; }

private:
    milliseconds between(int shortest, int longest);
    // One that serves and is not spared; waits for one.
    std::size_t victim();
    void wait_for_a_moment(std::size_t replica);
    void after_the_moment(std::size_t replica);
    void cause(trouble_kind kind);
    void kill();
    void pause();
    void crash_database();
    void cut();
    void silence();
    void slow();
    void kill_backend();
    void misbehave();
    void end_troubles();

    replicas_options options_;
    generator random_;
    replicas_counts counts_;
    chaos_world world_;
    std::size_t spared_ = 0;
    steady_clock::time_point spared_until_;
};

milliseconds run::between(int shortest, int longest) {
    return milliseconds(
        shortest + static_cast<int>(random_() % static_cast<unsigned>(longest - shortest))
    );
}

std::size_t run::victim() {
    if (steady_clock::now() > spared_until_) {
        spared_ = random_() % replicas_of_a_run;
        spared_until_ = steady_clock::now() + spared_for;
    }
    std::size_t chosen = replicas_of_a_run;
    const auto drawn = random_();
    world_.tick_until(
        [&] {
            for (std::size_t i = 0; i < replicas_of_a_run; ++i) {
                const auto one = (drawn + i) % replicas_of_a_run;
                if (one != spared_ && world_.serves(one)) {
                    chosen = one;
                    return true;
                }
            }
            return false;
        },
        seconds(40)
    );
    if (chosen == replicas_of_a_run) {
        throw std::runtime_error("no replica serves:\n" + world_.states());
    }
    return chosen;
}

// In the middle of a request, of an answer, or at any time.
void run::wait_for_a_moment(std::size_t replica) {
    auto& wire = world_.wire(replica);
    const auto drawn = random_() % 100;
    if (drawn < 30) {
        wire.allow(random_() % 1500, wire_proxy::everything);
    } else if (drawn < 60) {
        wire.allow(wire_proxy::everything, random_() % 900);
    }
    const auto pieces = wire.movements() + random_() % 40;
    const auto reached = [&] {
        return drawn < 60 ? wire.any_held() : wire.movements() >= pieces;
    };
    world_.tick_until(reached, moment_limit);
}

// What was held is lost, or arrives now.
void run::after_the_moment(std::size_t replica) {
    if (chance(random_, 60)) {
        world_.wire(replica).cut();
    }
    world_.wire(replica).allow(wire_proxy::everything, wire_proxy::everything);
}

void run::kill() {
    const auto replica = victim();
    wait_for_a_moment(replica);
    world_.kill(replica, between(0, 400));
    after_the_moment(replica);
}

void run::pause() {
    const auto replica = victim();
    wait_for_a_moment(replica);
    world_.pause(replica, between(3500, 6000));
    after_the_moment(replica);
}

void run::crash_database() {
    world_.crash_database(between(0, 1500));
}

void run::cut() {
    auto& proxy = world_.database_wire(random_() % replicas_of_a_run);
    const auto drawn = random_() % 3;
    if (drawn == 0) {
        proxy.cut();
    } else if (drawn == 1) {
        proxy.abandon_clients();
    } else {
        proxy.abandon_server();
    }
}

void run::silence() {
    const bool with_cut = chance(random_, 50);
    world_.silence(random_() % replicas_of_a_run, chance(random_, 50), between(50, 4500), with_cut);
}

void run::slow() {
    world_.stop_backend(random_() % replicas_of_a_run, between(100, 5000));
}

void run::kill_backend() {
    world_.kill_backend(random_() % replicas_of_a_run);
}

void run::misbehave() {
    if (chance(random_, 30)) {
        world_.platform().clear_faults();
    }
    for (auto left = random_() % 3; left > 0; --left) {
        flow::call(
            world_.platform().simulator_port,
            "POST",
            "/_sim/faults",
            {{"Content-Type", "application/json"}},
            random_fault(random_)
        );
    }
}

void run::cause(trouble_kind kind) {
    switch (kind) {
        case trouble_kind::kill:
            return kill();
        case trouble_kind::pause:
            return pause();
        case trouble_kind::database_crash:
            return crash_database();
        case trouble_kind::term:
            return world_.term(victim());
        case trouble_kind::cut:
            return cut();
        case trouble_kind::silence:
            return silence();
        case trouble_kind::slow:
            return slow();
        case trouble_kind::backend_kill:
            return kill_backend();
    }
}

void run::end_troubles() {
    world_.end_troubles();
    world_.platform().clear_faults();
    const bool all_serve = world_.tick_until([this] { return world_.all_serve(); }, seconds(60));
    if (!all_serve) {
        counts_.failures.push_back("not every replica serves in the end:\n" + world_.states());
    }
}

void run::perform(run_result& result) {
    const auto begun = steady_clock::now();
    const auto plan = plan_of(options_, random_);
    world_.tick_until([this] { return world_.all_serve(); }, seconds(40));
    random_callers callers(options_.callers, options_.seed + 1, world_.addresses(), seconds(4));
    std::uint64_t read_at = 0;
    for (const auto kind : plan) {
        misbehave();
        cause(kind);
        world_.tick_until([] { return false; }, between(0, 200));
        if (callers.answers() - read_at > answers_between_readings) {
            read_at = callers.answers();
            world_.read_requests(result.requests);
        }
    }
    counts_.troubled = std::chrono::floor<milliseconds>(steady_clock::now() - begun);
    end_troubles();
    result.stories = callers.finish(final_limit);
    result.exit_status = world_.stop_all();
    world_.read_requests(result.requests);
    result.journal = committed_rows(world_.database());
    result.effects = effects_in(world_.platform().folder / "ledger");
    result.counts.took = std::chrono::ceil<milliseconds>(steady_clock::now() - begun);
    counts_.lives = world_.database().query("SELECT count(*) FROM replicas");
}

}  // namespace

void replicas_run(
    const replicas_options& options,
    const std::function<void(const run_result&, const replicas_counts&)>& judge
) {
    run one(options);
    run_result result;
    one.perform(result);
    judge(result, one.counts());
}

void print(std::ostream& out, const replicas_options& options, const replicas_counts& counts) {
    out << "seed " << options.seed << ", " << options.kills << " kills, " << options.pauses
        << " pauses, " << options.database_crashes << " database crashes, " << options.callers
        << " callers\n";
    for (const auto& [name, times] : counts.troubles) {
        out << "  " << name << ": " << times << '\n';
    }
    out << "  troubled for " << counts.troubled.count() << " ms\n  ended after SIGTERM with:";
    for (const auto& [status, times] : counts.exits) {
        out << ' ' << status << " (" << times << " times),";
    }
    out << " longest " << counts.longest_exit.count() << " ms\n  longest start "
        << counts.longest_start.count() << " ms; lives of replicas: " << counts.lives << '\n';
}

}  // namespace gateway::crash
