#pragma once

#include <chrono>
#include <optional>

#include "net/http_message.hpp"
#include "simulator/faults/fault_rules.hpp"
#include "simulator/ledger.hpp"
#include "simulator/request_log.hpp"

namespace simulator {

struct control_answer {
    gateway::net::http_response response;
    // Set when the listening port is to be closed for this long, once the answer is out.
    std::optional<std::chrono::milliseconds> close_door_for;
};

// `/_sim/ledger`, `/_sim/faults`, `/_sim/requests`: how tests look into the simulator and tell it
// to misbehave.
class control {
public:
    // All three must outlive it.
    control(ledger& books, fault_book& faults, request_log& requests)
        : books_(books), faults_(faults), requests_(requests) {}

    control_answer answer(const gateway::net::http_request& request);

private:
    control_answer ledger_resource(const std::string& method);
    control_answer requests_resource(const std::string& method);
    control_answer faults_resource(const gateway::net::http_request& request);
    control_answer add_fault(const std::string& body);

    ledger& books_;
    fault_book& faults_;
    request_log& requests_;
};

}  // namespace simulator
