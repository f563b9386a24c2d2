#include "simulator/control.hpp"

#include <boost/json/serialize.hpp>

#include "simulator/form.hpp"

namespace simulator {

namespace json = boost::json;

namespace {

control_answer with_body(unsigned status, const json::object& body) {
    control_answer answer;
    answer.response.status = status;
    answer.response.headers.add("Content-Type", "application/json");
    answer.response.body = json::serialize(body);
    return answer;
}

control_answer no_content() {
    control_answer answer;
    answer.response.status = 204;
    return answer;
}

control_answer problem(unsigned status, std::string_view detail) {
    return with_body(status, {{"status", status}, {"detail", detail}});
}

control_answer method_not_allowed(std::string_view allowed) {
    control_answer answer = problem(405, "this resource knows " + std::string(allowed));
    answer.response.headers.add("Allow", allowed);
    return answer;
}

}  // namespace

control_answer control::ledger_resource(const std::string& method) {
    if (method == "GET") {
        return with_body(200, ledger_.describe());
    }
    if (method == "DELETE") {
        ledger_.clear();
        return no_content();
    }
    return method_not_allowed("GET, DELETE");
}

control_answer control::requests_resource(const std::string& method) {
    if (method == "GET") {
        return with_body(200, requests_.describe());
    }
    if (method == "DELETE") {
        requests_.clear();
        return no_content();
    }
    return method_not_allowed("GET, DELETE");
}

control_answer control::faults_resource(const gateway::net::http_request& request) {
    if (request.method == "GET") {
        return with_body(200, faults_.describe());
    }
    if (request.method == "DELETE") {
        faults_.clear();
        return no_content();
    }
    if (request.method == "POST") {
        return add_fault(request.body);
    }
    return method_not_allowed("GET, POST, DELETE");
}

control_answer control::add_fault(const std::string& body) {
    auto rule = read_fault_rule(body);
    if (const auto* sentence = std::get_if<std::string>(&rule)) {
        return problem(400, *sentence);
    }
    auto& accepted = std::get<fault_rule>(rule);
    if (accepted.injected.stage() == fault_stage::at_once) {
        control_answer answer = with_body(202, {{"fault", accepted.injected.name()}});
        answer.close_ports_for = std::chrono::milliseconds(accepted.injected.number("for_ms"));
        return answer;
    }
    const std::uint64_t id = faults_.add(std::move(accepted));
    return with_body(201, {{"id", id}});
}

control_answer control::answer(const gateway::net::http_request& request) {
    const std::string_view path = split_target(request.target).path;
    if (path == "/_sim/ledger") {
        return ledger_resource(request.method);
    }
    if (path == "/_sim/requests") {
        return requests_resource(request.method);
    }
    if (path == "/_sim/faults") {
        return faults_resource(request);
    }
    return problem(404, "there are /_sim/ledger, /_sim/faults and /_sim/requests");
}

}  // namespace simulator
