#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <string>

#include "simulator/platform_endpoint.hpp"

namespace simulator {

// The last ten thousand platform requests with their outcomes. Only the loop thread may use it.
class request_log {
public:
    // Returns the number that identifies the new entry.
    std::uint64_t begin(
        const call_facts& facts, const gateway::net::http_request& request, wall_time now
    );
    // Does nothing when newer requests or clear() evicted the entry.
    void end(std::uint64_t number, std::string verdict, std::string faults, wall_time now);
    void clear();
    boost::json::object describe() const;

private:
    struct entry {
        std::uint64_t number = 0;
        call_facts facts;
        gateway::net::header_list headers;
        std::string http_method;
        std::string at;
        std::string answered_at;
        std::string verdict;
        std::string faults;
    };

    static boost::json::object describe(const entry& one);

    std::deque<entry> entries_;
    std::uint64_t last_number_ = 0;
};

}  // namespace simulator
