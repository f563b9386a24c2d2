#include "random_run.hpp"

#include <csignal>
#include <regex>

#include "eventually.hpp"
#include "random_callers.hpp"
#include "random_faults.hpp"
#include "wire_proxy.hpp"

namespace gateway::crash {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Without the moment, the kill happens after this time.
constexpr milliseconds moment_limit{300};
constexpr std::chrono::seconds final_limit{90};
constexpr int requests_read_every = 25;  // kills; the simulator remembers ten thousand

flow::world_options world_of_the_run() {
    flow::world_options chosen;
    chosen.start_gateway_now = false;
    chosen.attempt_timeout = "1s";
    chosen.account_extra = "    limits: { requests_per_second: 2000, in_flight: 16 }\n";
    return chosen;
}

class run {
public:
    explicit run(const run_options& options)
        : options_(options), random_(options.seed), wire_(world_.simulator_port) {}

    const run_result& perform();

private:
    void start_gateway();
    void kill_while_starting();
    std::string wait_for_a_moment();
    void kill_cycle(int number);
    void misbehave();
    void kill_simulator();
    void read_requests();
    template <class Event>
    void wait(Event moment);

    run_options options_;
    generator random_;
    flow::world world_{world_of_the_run()};
    wire_proxy wire_;
    gateway_address address_;
    random_callers* callers_ = nullptr;
    run_result result_;
};

void run::start_gateway() {
    const auto begun = steady_clock::now();
    world_.platform_port = wire_.port();
    world_.start_gateway();
    const auto took = std::chrono::ceil<milliseconds>(steady_clock::now() - begun);
    result_.counts.longest_start = std::max(result_.counts.longest_start, took);
    result_.counts.all_starts += took;
    ++result_.counts.starts;
    address_.set(world_.api_port);
}

// Reads the gateway's output meanwhile: a full pipe would block the gateway.
template <class Event>
void run::wait(Event moment) {
    eventually(
        [&] {
            world_.gateway->output();
            return moment();
        },
        moment_limit
    );
}

std::string run::wait_for_a_moment() {
    const auto drawn = random_() % 100;
    if (drawn < 25) {
        wire_.allow(random_() % 1500, wire_proxy::everything);
        wait([this] { return wire_.any_held(); });
        return "in the middle of a request";
    }
    if (drawn < 50) {
        wire_.allow(wire_proxy::everything, random_() % 900);
        wait([this] { return wire_.any_held(); });
        return "in the middle of an answer";
    }
    if (drawn < 75) {
        const auto target = wire_.movements() + random_() % 40;
        wait([&] { return wire_.movements() >= target; });
        return "after some pieces on the wire";
    }
    if (drawn < 90) {
        const auto target = callers_->answers() + random_() % 20;
        wait([&] { return callers_->answers() >= target; });
        return "after some answers to callers";
    }
    return "right after the start";
}

void run::kill_while_starting() {
    world_.gateway = std::make_unique<flow::child_process>(
        std::string(GATEWAY_BIN_DIR) + "/redemption-gateway",
        std::vector<std::string>{"--config", (world_.folder / "gateway.yaml").string()},
        std::map<std::string, std::string>{{"SIMULATOR_PORT", std::to_string(wire_.port())}}
    );
    const auto lines = random_() % 3;
    world_.gateway->wait_for("(?:[^\n]*\n){" + std::to_string(lines) + "}");
    world_.kill_gateway();
    ++result_.counts.kills["while starting"];
}

void run::misbehave() {
    if (chance(random_, 30)) {
        world_.clear_faults();
    }
    for (auto left = random_() % 4; left > 0; --left) {
        const auto fault = random_fault(random_);
        std::smatch name;
        std::regex_search(fault, name, std::regex(R"re("fault":"([a-z-]+)")re"));
        ++result_.counts.faults_asked[name[1].str()];
        flow::call(
            world_.simulator_port,
            "POST",
            "/_sim/faults",
            {{"Content-Type", "application/json"}},
            fault
        );
    }
    if (chance(random_, 5)) {
        wire_.refuse_connections();
    }
}

void run::kill_simulator() {
    read_requests();
    world_.simulator->signal(SIGKILL);
    world_.restart_simulator();
    ++result_.counts.simulator_kills;
}

void run::read_requests() {
    auto seen = requests_seen(world_);
    world_.control("DELETE", "/_sim/requests");
    std::move(seen.begin(), seen.end(), std::back_inserter(result_.requests));
}

void run::kill_cycle(int number) {
    ++result_.counts.kills[wait_for_a_moment()];
    address_.clear();
    world_.kill_gateway();
    const bool late = chance(random_, 30);
    if (late) {
        ++result_.counts.late_arrivals;
    } else {
        wire_.cut();
    }
    if (number % requests_read_every == 0) {
        wire_.cut();
        read_requests();
    }
    if (chance(random_, 4)) {
        kill_simulator();
    }
    if (chance(random_, 10)) {
        kill_while_starting();
    }
    misbehave();
    start_gateway();
    wire_.allow(wire_proxy::everything, wire_proxy::everything);
    if (chance(random_, 50)) {
        wire_.accept_connections();
    }
}

const run_result& run::perform() {
    const auto begun = steady_clock::now();
    start_gateway();
    random_callers callers(options_.callers, options_.seed + 1, address_);
    callers_ = &callers;
    for (int number = 1; number <= options_.kills; ++number) {
        kill_cycle(number);
    }
    // A gateway that is not disturbed any more settles everything.
    address_.clear();
    world_.kill_gateway();
    world_.clear_faults();
    wire_.accept_connections();
    wire_.allow(wire_proxy::everything, wire_proxy::everything);
    start_gateway();
    result_.stories = callers.finish(final_limit);
    result_.exit_status = world_.stop_gateway();
    read_requests();
    result_.journal = committed_rows(world_.folder / "journal.db");
    result_.effects = effects_in(world_.folder / "ledger");
    result_.counts.took = std::chrono::ceil<milliseconds>(steady_clock::now() - begun);
    return result_;
}

}  // namespace

void random_run(const run_options& options, const std::function<void(const run_result&)>& judge) {
    run one(options);
    judge(one.perform());
}

}  // namespace gateway::crash
