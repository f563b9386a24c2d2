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
    // Set when the listening ports must close for this long after the answer was written.
    std::optional<std::chrono::milliseconds> close_ports_for;
};

// The control interface `/_sim/ledger`, `/_sim/faults` and `/_sim/requests`: tests inspect the
// simulator and inject faults through it.
class control {
public:
    // All three must outlive this object.
    control(effect_ledger& ledger, fault_rules& faults, request_log& requests)
        : ledger_(ledger), faults_(faults), requests_(requests) {}

    control_answer answer(const gateway::net::http_request& request);

private:
    control_answer ledger_resource(const std::string& method);
    control_answer requests_resource(const std::string& method);
    control_answer faults_resource(const gateway::net::http_request& request);
    control_answer add_fault(const std::string& body);

    effect_ledger& ledger_;
    fault_rules& faults_;
    request_log& requests_;
};

}  // namespace simulator
