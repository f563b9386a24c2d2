#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/postgres_server.hpp"
#include "world.hpp"

namespace gateway::flow {

// Where the next start of a replica finds its database and its platform.
struct replica_route {
    std::uint16_t platform_port = 0;  // 0: the simulator's
    std::string conninfo_file;        // empty: the database's
};

// Several real gateways on one database of a real PostgreSQL server, with the real simulator
// behind them. The destructor of a failed test writes what each replica printed into the files
// of `platform`.
class replicas_world {
public:
    explicit replicas_world(
        std::size_t replicas = 3, world_options options = {}, bool start_now = true
    );
    // On a server that a standby may follow.
    struct database_options {
        support::postgres_server* server = nullptr;
        std::string standby_host{};  // tried when the server is no primary any more
        std::string durability{};
    };
    replicas_world(std::size_t replicas, world_options options, const database_options& on);
    ~replicas_world();
    replicas_world(const replicas_world&) = delete;
    replicas_world& operator=(const replicas_world&) = delete;

    // As world::post() and world::get(), of one replica.
    answer post(
        std::size_t replica,
        const std::string& key,
        const std::string& body,
        std::map<std::string, std::string> headers = {}
    ) const;
    answer resolve(std::size_t replica, const std::string& id, const std::string& state) const;
    answer get(std::size_t replica, const std::string& target) const;
    // Asks until the redemption is not pending; the last answer.
    answer settled(std::size_t replica, const std::string& id) const;
    std::string metric(std::size_t replica, const std::string& series) const;

    void route(std::size_t replica, replica_route to) { replicas_.at(replica).to = std::move(to); }
    void start(std::size_t replica);
    // Starts without waiting; serves() is true once the replica listens.
    void begin_start(std::size_t replica);
    bool serves(std::size_t replica);
    bool runs(std::size_t replica) const;
    // The exit status of one that has ended.
    int ended_with(std::size_t replica);
    std::uint16_t api_port(std::size_t replica) const { return replicas_.at(replica).api_port; }
    void signal(std::size_t replica, int number) const;
    // The exit status after SIGTERM or SIGKILL.
    int stop(std::size_t replica);
    void kill(std::size_t replica);
    answer ready_answer(std::size_t replica) const;
    // Waits until the replica is ready.
    bool ready(std::size_t replica) const;
    // The answer of /readyz now.
    answer readiness(std::size_t replica) const;
    // Waits until the replica is not ready and says so.
    answer unready(std::size_t replica, const std::string& says) const;
    bool says(std::size_t replica, const std::string& text) const;
    // Waits until the replica takes a redemption.
    bool writes(std::size_t replica) const;
    answer acknowledge(std::size_t replica, const std::string& body) const;

    support::postgres_database database;
    world platform;  // the simulator, the files, and no gateway

private:
    struct process {
        replica_route to;
        std::unique_ptr<child_process> program;
        std::string printed;  // by earlier lives
        std::uint16_t api_port = 0;
        std::uint16_t admin_port = 0;
    };

    std::vector<process> replicas_;
};

}  // namespace gateway::flow
