#pragma once

#include <boost/json/array.hpp>
#include <functional>
#include <initializer_list>
#include <string>
#include <utility>

#include "world.hpp"

namespace gateway::flow {

// Both sides of the two accounts, as YAML lines without their indentation. Files are named relative
// to the world's folder. An empty text stands for the usual one.
struct both_sides {
    std::string alipay_account;  // without name, platform, gateway, app_id
    std::string alipay_app;      // without app_id
    std::string taobao_account;  // without name, platform, gateway, app_key
    std::string taobao_app;      // without app_key
    std::string attempt_timeout = "2s";
    std::string alipay_query;  // appended to the Alipay gateway's URL
    std::string tls;           // the simulator's section; given: the accounts speak TLS
};

// A world whose accounts are the test's. Nothing runs at first.
class protocol_world : public world {
public:
    explicit protocol_world(both_sides sides);

    // Copies a file of tests/data into the folder.
    void put(const std::string& name, const std::string& data_file) const;
    void write(const std::string& name, const std::string& content) const;

    void start();
    // The platforms change: the simulator goes on under its old port with its old ledger.
    void change_platforms(const std::string& alipay_app, const std::string& taobao_app = {});
    // What `redemption-gateway --check-config` prints, and its exit status.
    std::pair<std::string, int> check_config() const;

    // The calls the simulator saw, with this method (or part of its name).
    boost::json::array requests(const std::string& method) const;
    // GET /v1/accounts, the one with this name.
    boost::json::object account(const std::string& name) const;
    // The value of a series in /metrics, such as `name{label="x"}`; empty: none.
    std::string metric(const std::string& series) const;

private:
    void write_gateway_file() const;
    void write_simulator_file() const;

    both_sides sides_;
};

// Asks again and again until it is so, for at most `limit`; false: it did not become so.
bool eventually(
    const std::function<bool()>& so, std::chrono::seconds limit = std::chrono::seconds(20)
);

// A folder as Kubernetes mounts a Secret: each name leads over the link `..data` into a folder that
// is replaced as a whole.
class secret_mount {
public:
    explicit secret_mount(std::filesystem::path folder) : folder_(std::move(folder)) {}

    void publish(std::initializer_list<std::pair<std::string, std::string>> files);

private:
    std::filesystem::path folder_;
    int generation_ = 0;
};

// A file of tests/data.
std::string data_text(const std::string& data_file);

// The redemption in an answer, out of its problem if there is one.
boost::json::object redemption_of(const answer& got);
std::string state_of(const answer& got);

}  // namespace gateway::flow
