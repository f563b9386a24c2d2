#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "eventually.hpp"
#include "platform_view.hpp"
#include "random_callers.hpp"
#include "replicas_run.hpp"
#include "tests/flow/replicas_world.hpp"
#include "tests/support/socket_proxy.hpp"
#include "wire_proxy.hpp"

namespace gateway::crash {

constexpr std::size_t replicas_of_a_run = 3;

// Three gateways, each with a relay of its own to the platform and one to the database, and the
// troubles that can happen to them. A trouble that lasts ends by itself while the test waits in
// tick_until().
class chaos_world {
public:
    explicit chaos_world(replicas_counts& counts);

    // Waits until `done`; false after `limit`.
    template <class Event>
    bool tick_until(Event done, std::chrono::milliseconds limit) {
        return eventually(
            [&] {
                tick();
                return done();
            },
            limit
        );
    }
    bool serves(std::size_t replica) const { return replicas_[replica].now == state::serving; }
    bool all_serve() const;
    std::string states() const;

    // The replica starts again after `absence`.
    void kill(std::size_t replica, std::chrono::milliseconds absence);
    void pause(std::size_t replica, std::chrono::milliseconds length);
    void term(std::size_t replica);
    void crash_database(std::chrono::milliseconds absence);
    // Nothing arrives in one direction between the replica and its database; then the connections
    // are cut, or what was held arrives.
    void silence(
        std::size_t replica, bool requests, std::chrono::milliseconds length, bool cut_at_end
    );
    // The server's process of the replica's writer stands still, or is killed.
    void stop_backend(std::size_t replica, std::chrono::milliseconds length);
    void kill_backend(std::size_t replica);
    // Everything that lasts ends now.
    void end_troubles();
    // SIGTERM to all; 0 when each ended with 0.
    int stop_all();

    // What the simulator answered since the last call.
    void read_requests(std::vector<platform_request>& into) const;
    const gateway_address& addresses() const { return addresses_; }
    wire_proxy& wire(std::size_t replica) { return *replicas_[replica].to_platform; }
    support::socket_proxy& database_wire(std::size_t replica) {
        return *replicas_[replica].to_database;
    }
    const support::postgres_database& database() const { return world_.database; }
    const flow::world& platform() const { return world_.platform; }

private:
    enum class state { absent, starting, serving, paused, ending };
    using clock = std::chrono::steady_clock;

    struct replica {
        state now = state::absent;
        clock::time_point since;
        std::unique_ptr<wire_proxy> to_platform;
        std::unique_ptr<support::socket_proxy> to_database;
    };
    // What ends a trouble.
    struct pending_end {
        clock::time_point at;
        std::function<void()> act;
    };

    void tick();
    void watch(std::size_t number);
    void become(std::size_t number, state now);
    void begin_start(std::size_t number);
    void after(std::chrono::milliseconds pause, std::function<void()> act);
    void run_due(clock::time_point until);
    pid_t backend_of(std::size_t number) const;
    void note_exit(std::size_t number);

    replicas_counts& counts_;
    flow::replicas_world world_;
    std::vector<replica> replicas_;
    gateway_address addresses_{replicas_of_a_run};
    std::vector<pending_end> ends_;
    std::vector<pid_t> stopped_backends_;
};

}  // namespace gateway::crash
