#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "child_process.hpp"
#include "http_call.hpp"

namespace gateway::flow {

struct world_options {
    std::string simulator_extra;  // YAML lines added to the Alipay application of the simulator
    std::string gateway_extra;    // YAML text added at the top level of the gateway's file
    std::string account_extra;    // YAML lines added to every account
    std::string server_extra;     // YAML lines added under `server`
    std::string api_tls;          // the members of `server.api.tls`, comma-separated; empty: none
    std::string admin_tls;        // the same of `server.admin`
    std::string attempt_timeout = "2s";
    std::string drain_delay = "0s";
    std::string journal_extra;                // YAML lines added under `journal`
    std::string journal_path = "journal.db";  // relative to the world's folder
    bool gateway_at_once = true;              // false: the test starts it
};

// The real gateway and the real simulator on free loopback ports, with a journal and a ledger in a
// folder that goes with this object.
class world {
public:
    explicit world(const world_options& options = {});
    ~world();

    // POST /v1/redemptions with this key (spaces become dashes). `headers` may replace the usual
    // ones.
    answer post(
        const std::string& key,
        const std::string& body,
        std::map<std::string, std::string> headers = {}
    ) const;
    answer get(const std::string& target, std::map<std::string, std::string> headers = {}) const;
    answer admin(const std::string& target, std::map<std::string, std::string> headers = {}) const;
    // Repeats the same request until its answer is final or unknown.
    answer post_until_settled(const std::string& key, const std::string& body) const;

    // Tells the simulator to misbehave: the JSON of POST /_sim/faults.
    void fault(const std::string& json) const;
    void clear_faults() const;
    // One request to the simulator's control interface.
    answer control(const std::string& method, const std::string& target) const;
    // How often an effect with this natural key was really executed.
    std::int64_t executed(const std::string& natural_key) const;
    std::int64_t executed_in_all() const;
    // Asks the ledger until it holds `effects`; false if it does not within ten seconds.
    bool executes(std::int64_t effects) const;

    void start_gateway();
    void kill_gateway();
    int stop_gateway();
    void restart_simulator();
    std::size_t gateway_resident_kib() const;

    // A command that runs the gateway, which is its last arguments; empty: it runs by itself.
    std::vector<std::string> gateway_runner;
    std::uint16_t api_port = 0;
    std::uint16_t admin_port = 0;
    std::uint16_t simulator_port = 0;
    // Where the next gateway's accounts send to, when something stands in between; 0: the
    // simulator itself.
    std::uint16_t platform_port = 0;
    // Beside the usual ones, from its next start on.
    std::vector<std::string> simulator_arguments;
    std::filesystem::path folder;
    std::unique_ptr<child_process> gateway;
    std::unique_ptr<child_process> simulator;

private:
    void write_files(const world_options& options) const;
    void start_simulator(std::uint16_t port);
};

boost::json::object json_of(const answer& from);

// Bodies of the three methods with a natural key of the test's choice.
std::string voucher_body(const std::string& out_biz_no, const std::string& entity_no = "CODE-0001");
std::string ticket_body(const std::string& order_id, int total = 0);  // total > 0: write_off_type 1
std::string eticket_body(const std::string& outer_id);

}  // namespace gateway::flow
