#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/postgres_server.hpp"
#include "world.hpp"

namespace gateway::flow {

// Several real gateways on one database of a real PostgreSQL server, with the real simulator
// behind them.
class replicas_world {
public:
    explicit replicas_world(std::size_t replicas = 3, world_options options = {});

    // As world::post() and world::get(), of one replica.
    answer post(
        std::size_t replica,
        const std::string& key,
        const std::string& body,
        std::map<std::string, std::string> headers = {}
    ) const;
    answer get(std::size_t replica, const std::string& target) const;
    // Asks until the redemption is not pending; the last answer.
    answer settled(std::size_t replica, const std::string& id) const;
    std::string metric(std::size_t replica, const std::string& series) const;

    void start(std::size_t replica);
    void signal(std::size_t replica, int number) const;
    // The exit status after SIGTERM or SIGKILL.
    int stop(std::size_t replica);
    void kill(std::size_t replica);
    // Waits until the replica is ready.
    bool ready(std::size_t replica) const;

    support::postgres_database database;
    world platform;  // the simulator, the files, and no gateway

private:
    struct process {
        std::unique_ptr<child_process> program;
        std::uint16_t api_port = 0;
        std::uint16_t admin_port = 0;
    };

    std::vector<process> replicas_;
};

}  // namespace gateway::flow
