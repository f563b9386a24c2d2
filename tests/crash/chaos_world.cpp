#include "chaos_world.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <map>

#include "eventually.hpp"

namespace gateway::crash {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

flow::world_options options_of_the_run() {
    flow::world_options chosen;
    chosen.attempt_timeout = "1s";
    chosen.account_extra = "    limits: { requests_per_second: 2000, in_flight: 16 }\n";
    return chosen;
}

std::string write_conninfo(
    const flow::replicas_world& w, std::size_t number, const support::socket_proxy& proxy
) {
    const auto file = w.platform.folder / ("conninfo-" + std::to_string(number));
    std::ofstream(file) << w.database.conninfo("host=" + proxy.host() + " port=5432") << "\n";
    ::chmod(file.c_str(), 0600);
    return file.string();
}

}  // namespace

chaos_world::chaos_world(replicas_counts& counts)
    : counts_(counts), world_(replicas_of_a_run, options_of_the_run(), false) {
    for (std::size_t i = 0; i < replicas_of_a_run; ++i) {
        replica one;
        one.to_platform = std::make_unique<wire_proxy>(world_.platform.simulator_port);
        one.to_database = std::make_unique<support::socket_proxy>(world_.database.server().host());
        world_.route(
            i,
            {.platform_port = one.to_platform->port(),
             .conninfo_file = write_conninfo(world_, i, *one.to_database)}
        );
        replicas_.push_back(std::move(one));
        begin_start(i);
    }
}

bool chaos_world::all_serve() const {
    return std::all_of(replicas_.begin(), replicas_.end(), [](const auto& one) {
        return one.now == state::serving;
    });
}

std::string chaos_world::states() const {
    static const char* const names[] = {"absent", "starting", "serving", "paused", "ending"};
    std::string text;
    for (const auto& one : replicas_) {
        const auto age = std::chrono::floor<milliseconds>(clock::now() - one.since);
        text += std::string(names[static_cast<std::size_t>(one.now)]) + " for " +
                std::to_string(age.count()) + " ms\n";
    }
    return text;
}

void chaos_world::become(std::size_t number, state now) {
    auto& one = replicas_[number];
    one.now = now;
    one.since = clock::now();
    if (now == state::serving) {
        addresses_.set(world_.api_port(number), number);
    } else if (now != state::paused) {
        addresses_.clear(number);  // callers go on asking one that is paused
    }
}

void chaos_world::begin_start(std::size_t number) {
    world_.begin_start(number);
    become(number, state::starting);
}

void chaos_world::after(milliseconds pause, std::function<void()> act) {
    ends_.push_back({.at = clock::now() + pause, .act = std::move(act)});
}

void chaos_world::run_due(clock::time_point until) {
    std::vector<pending_end> due;
    std::vector<pending_end> later;
    for (auto& one : ends_) {
        (one.at <= until ? due : later).push_back(std::move(one));
    }
    ends_ = std::move(later);
    for (const auto& one : due) {
        one.act();
    }
}

void chaos_world::tick() {
    run_due(clock::now());
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
        watch(i);
    }
}

void chaos_world::watch(std::size_t number) {
    auto& one = replicas_[number];
    const auto age = std::chrono::floor<milliseconds>(clock::now() - one.since);
    if (one.now == state::starting && world_.serves(number)) {
        counts_.longest_start = std::max(counts_.longest_start, age);
        become(number, state::serving);
    } else if (one.now == state::ending && !world_.runs(number)) {
        note_exit(number);
        begin_start(number);
    } else if (one.now != state::absent && !world_.runs(number)) {
        counts_.failures.push_back(
            "replica " + std::to_string(number) + " ended by itself with " +
            std::to_string(world_.ended_with(number))
        );
        begin_start(number);
    }
}

void chaos_world::note_exit(std::size_t number) {
    const auto took = std::chrono::floor<milliseconds>(clock::now() - replicas_[number].since);
    counts_.longest_exit = std::max(counts_.longest_exit, took);
    ++counts_.exits[world_.ended_with(number)];
}

void chaos_world::kill(std::size_t replica, milliseconds absence) {
    ++counts_.troubles["kill"];
    world_.kill(replica);
    become(replica, state::absent);
    after(absence, [this, replica] { begin_start(replica); });
}

void chaos_world::pause(std::size_t replica, milliseconds length) {
    ++counts_.troubles["pause longer than the lease"];
    world_.signal(replica, SIGSTOP);
    become(replica, state::paused);
    after(length, [this, replica] {
        world_.signal(replica, SIGCONT);
        become(replica, state::serving);
    });
}

void chaos_world::term(std::size_t replica) {
    ++counts_.troubles["SIGTERM"];
    world_.signal(replica, SIGTERM);
    become(replica, state::ending);
}

void chaos_world::crash_database(milliseconds absence) {
    auto& server = world_.database.server();
    if (!server.is_running()) {
        return;
    }
    ++counts_.troubles["database crash"];
    for (const auto backend : std::exchange(stopped_backends_, {})) {
        ::kill(backend, SIGCONT);
    }
    server.stop_immediate();
    after(absence, [&server] { server.start(); });
}

void chaos_world::silence(
    std::size_t replica, bool requests, milliseconds length, bool cut_at_end
) {
    ++counts_.troubles["database out of hearing"];
    auto& proxy = database_wire(replica);
    if (requests) {
        proxy.hold_requests();
    } else {
        proxy.hold_answers();
    }
    after(length, [&proxy, cut_at_end] {
        if (cut_at_end) {
            proxy.cut();
        }
        proxy.release();
    });
}

pid_t chaos_world::backend_of(std::size_t number) const {
    try {
        const auto pids = world_.database.query(
            "SELECT pid FROM replicas JOIN pg_stat_activity USING (pid)"
            " WHERE ended_at IS NULL ORDER BY replica OFFSET " +
            std::to_string(number) + " LIMIT 1"
        );
        return std::atoi(pids.c_str());
    } catch (const std::exception&) {
        return 0;  // there is no database now, or no table yet
    }
}

void chaos_world::stop_backend(std::size_t replica, milliseconds length) {
    const auto backend = backend_of(replica);
    if (backend == 0) {
        return;
    }
    ++counts_.troubles["backend stopped"];
    ::kill(backend, SIGSTOP);
    stopped_backends_.push_back(backend);
    after(length, [this, backend] {
        if (std::erase(stopped_backends_, backend) != 0) {
            ::kill(backend, SIGCONT);
        }
    });
}

void chaos_world::kill_backend(std::size_t replica) {
    if (const auto backend = backend_of(replica); backend != 0) {
        ++counts_.troubles["backend killed"];
        ::kill(backend, SIGKILL);
    }
}

void chaos_world::end_troubles() {
    run_due(clock::time_point::max());
    for (const auto& one : replicas_) {
        one.to_platform->allow(wire_proxy::everything, wire_proxy::everything);
    }
}

int chaos_world::stop_all() {
    int worst = 0;
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
        addresses_.clear(i);
        world_.signal(i, SIGTERM);
        become(i, state::ending);
        const auto status = world_.ended_with(i);
        note_exit(i);
        worst = status == 0 ? worst : status;
    }
    return worst;
}

void chaos_world::read_requests(std::vector<platform_request>& into) const {
    auto seen = requests_seen(world_.platform);
    world_.platform.control("DELETE", "/_sim/requests");
    std::copy_if(
        std::make_move_iterator(seen.begin()),
        std::make_move_iterator(seen.end()),
        std::back_inserter(into),
        [](const auto& one) { return one.verdict != "unanswered"; }
    );
}

}  // namespace gateway::crash
