#pragma once

#include <boost/json/array.hpp>
#include <functional>
#include <initializer_list>
#include <string>
#include <utility>

#include "world.hpp"

namespace gateway::flow {

// The configuration of the two accounts in the gateway and in the simulator, as YAML lines without
// indentation. File names are relative to the world's folder. An empty text means the usual one.
struct platform_setup {
    std::string alipay_account;  // without name, platform, gateway, app_id
    std::string alipay_app;      // without app_id
    std::string taobao_account;  // without name, platform, gateway, app_key
    std::string taobao_app;      // without app_key
    std::string attempt_timeout = "2s";
    std::string alipay_query;  // appended to the Alipay gateway's URL
    std::string tls;           // the simulator's `tls` section; not empty: the accounts speak TLS
};

// A world with the test's own accounts. Only the simulator runs until start().
class protocol_world : public world {
public:
    explicit protocol_world(platform_setup setup);

    // Copies a file of tests/data into the folder.
    void put(const std::string& name, const std::string& data_file) const;
    void write(const std::string& name, const std::string& content) const;

    void start();
    // Restarts the simulator with other applications on the same port and with the same ledger.
    void change_platforms(const std::string& alipay_app, const std::string& taobao_app = {});
    // Returns the output and the exit status of `redemption-gateway --check-config`.
    std::pair<std::string, int> check_config() const;

    // Returns the simulator's requests whose method contains this text.
    boost::json::array requests(const std::string& method) const;

private:
    void write_gateway_file() const;
    void write_simulator_file() const;

    platform_setup setup_;
};

// Repeats `condition` until it holds; returns false when it does not within `limit`.
bool eventually(
    const std::function<bool()>& condition, std::chrono::seconds limit = std::chrono::seconds(20)
);

// A folder with the layout of a Kubernetes Secret: each name is a link over `..data` into a folder
// that publish() replaces as a whole.
class secret_mount {
public:
    explicit secret_mount(std::filesystem::path folder) : folder_(std::move(folder)) {}

    void publish(std::initializer_list<std::pair<std::string, std::string>> files);

private:
    std::filesystem::path folder_;
    int generation_ = 0;
};

// Returns the content of a file of tests/data.
std::string data_text(const std::string& data_file);

// Returns the redemption of an answer, also from inside a problem.
boost::json::object redemption_of(const answer& got);
std::string state_of(const answer& got);

}  // namespace gateway::flow
