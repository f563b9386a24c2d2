#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/platform_endpoint.hpp"

namespace simulator {

// One business effect that a platform executed.
struct effect {
    platform where = platform::alipay;
    std::string method;
    std::string natural_key;     // out_biz_no; outer_id and biz_type; the order
    std::string resource;        // the consumed resource (entity_no), or empty
    std::string payload_digest;  // SHA-256 of the business parameters, hex
    std::string at;              // RFC 3339
    boost::json::object detail;  // the method's state, sufficient to continue after a restart
};

// The executed effects in order of execution; the ledger is the platforms' whole business state. A
// ledger with a file appends each effect as one JSON line and syncs it before the effect counts.
// Only the loop thread may use it.
class effect_ledger {
public:
    // An empty path keeps the ledger in memory. Otherwise the constructor loads the file and drops
    // a truncated last line; it throws `std::runtime_error` when the file cannot be used.
    explicit effect_ledger(const std::string& path);
    ~effect_ledger();
    effect_ledger(const effect_ledger&) = delete;
    effect_ledger& operator=(const effect_ledger&) = delete;

    // Throws `std::runtime_error` when the file write fails; the effect then does not count.
    void record(effect executed);
    void clear();

    // Returns the effects of one natural key, oldest first.
    std::vector<const effect*> effects_of(std::string_view method, std::string_view natural_key)
        const;
    // Returns the effect that consumed a resource, or null.
    const effect* effect_using(std::string_view method, std::string_view resource) const;
    // Returns one item per natural key, with the number of its executions.
    boost::json::object describe() const;

private:
    using key = std::pair<std::string, std::string>;

    void load(const std::string& path);
    void index(effect executed);

    std::vector<key> order_;
    std::map<key, std::vector<effect>> by_key_;
    std::map<key, key> by_resource_;
    int file_ = -1;
};

}  // namespace simulator
