#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "child_process.hpp"
#include "http_call.hpp"

namespace gateway::flow {

struct world_options {
    std::string simulator_extra;  // YAML lines of the simulator's Alipay application
    std::string gateway_extra;    // YAML text at the top level of the gateway's file
    std::string account_extra;    // YAML lines of every account
    std::string server_extra;     // YAML lines of `server`
    std::string api_tls;          // the members of `server.api.tls`, comma-separated; empty: none
    std::string admin_tls;        // the members of `server.admin.tls`
    std::string attempt_timeout = "2s";
    std::string drain_delay = "0s";
    std::string journal_extra;                // YAML lines of `journal`
    std::string journal_path = "journal.db";  // relative to the world's folder
    std::string journal{};                    // YAML lines instead of the SQLite file's
    bool start_gateway_now = true;            // false: the test starts the gateway
};

// The real gateway and the real simulator on free loopback ports, with the journal and the ledger
// in a temporary folder. The destructor removes the folder unless the test failed.
class world {
public:
    explicit world(const world_options& options = {});
    ~world();

    // Sends POST /v1/redemptions with this key, whose spaces become dashes. `headers` may replace
    // the usual ones.
    answer post(
        const std::string& key,
        const std::string& body,
        std::map<std::string, std::string> headers = {}
    ) const;
    answer get(const std::string& target, std::map<std::string, std::string> headers = {}) const;
    answer admin(const std::string& target, std::map<std::string, std::string> headers = {}) const;
    // Repeats the same request until its answer is final or unknown.
    answer post_until_settled(const std::string& key, const std::string& body) const;

    // Adds a fault rule to the simulator: the JSON of POST /_sim/faults.
    void fault(const std::string& json) const;
    void clear_faults() const;
    // Sends one request to the simulator's control interface.
    answer control(const std::string& method, const std::string& target) const;
    // Returns how often the platform executed effects whose natural key contains this text.
    std::int64_t executed(const std::string& natural_key) const;
    std::int64_t executed_in_all() const;
    // Waits until the ledger holds `effects`; returns false after ten seconds.
    bool executes(std::int64_t effects) const;

    // The gateway's entry of GET /v1/accounts with this name; empty when there is none.
    boost::json::object account(const std::string& name) const;
    // Returns the value of a series of /metrics, such as `name{label="x"}`; empty when absent.
    std::string metric(const std::string& series) const;
    // Runs `redemption-gateway` with a configuration file of the folder and further arguments until
    // it exits; returns its output and exit status.
    std::pair<std::string, int> run_gateway(
        const std::string& config, std::vector<std::string> arguments
    ) const;

    // Replaces the first `before` in the gateway's file, for its next start.
    void change_settings(const std::string& before, const std::string& after) const;
    void start_gateway();
    void kill_gateway();
    int stop_gateway();
    void restart_simulator();
    std::size_t gateway_resident_kib() const;

    // A command that receives the gateway's command line as its last arguments; empty: none.
    std::vector<std::string> gateway_runner;
    std::uint16_t api_port = 0;
    std::uint16_t admin_port = 0;
    std::uint16_t simulator_port = 0;
    // The port that the accounts of the next gateway send to, for a proxy; 0: the simulator's.
    std::uint16_t platform_port = 0;
    // Further arguments of the simulator, effective at its next start.
    std::vector<std::string> simulator_arguments;
    std::filesystem::path folder;
    std::unique_ptr<child_process> gateway;
    std::unique_ptr<child_process> simulator;

private:
    void write_files(const world_options& options) const;
    void start_simulator(std::uint16_t port);
};

boost::json::object json_of(const answer& from);

// Returns request bodies of the three methods with the given natural key.
std::string voucher_body(const std::string& out_biz_no, const std::string& entity_no = "CODE-0001");
std::string ticket_body(const std::string& order_id, int total = 0);  // total > 0: write_off_type 1
std::string eticket_body(const std::string& outer_id);

}  // namespace gateway::flow
