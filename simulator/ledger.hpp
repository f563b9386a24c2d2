#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/platform_endpoint.hpp"

namespace simulator {

// One thing the platform really did.
struct effect {
    platform where = platform::alipay;
    std::string method;
    std::string natural_key;     // out_biz_no; outer_id and biz_type; the order
    std::string resource;        // what was used up (entity_no), or empty
    std::string payload_digest;  // SHA-256 of the business parameters, hex
    std::string at;              // RFC 3339
    boost::json::object detail;  // the business' own notes, enough to go on after a restart
};

// Everything executed, in order; the platforms' business state is what stands here and nothing
// else. With a file, each effect is one JSON line, synced to disk before it counts. Loop thread
// only.
class ledger {
public:
    // Empty path: kept in memory. Reads what the file holds; a last line that was cut off is
    // dropped. Throws `std::runtime_error` when the file cannot be used.
    explicit ledger(const std::string& path);
    ~ledger();
    ledger(const ledger&) = delete;
    ledger& operator=(const ledger&) = delete;

    // Throws `std::runtime_error` when the file cannot take it; then it did not happen.
    void record(effect done);
    void clear();

    // All effects under one natural key, oldest first.
    std::vector<const effect*> of(std::string_view method, std::string_view natural_key) const;
    // The effect that used up a resource, or null.
    const effect* user_of(std::string_view method, std::string_view resource) const;
    // One item per natural key, with how often it was executed.
    boost::json::object describe() const;

private:
    using key = std::pair<std::string, std::string>;

    void load(const std::string& path);
    void index(effect done);

    std::vector<key> order_;
    std::map<key, std::vector<effect>> by_key_;
    std::map<key, key> by_resource_;
    int file_ = -1;
};

}  // namespace simulator
