#pragma once

#include <string>
#include <vector>

#include "server/http/http_probe.hpp"

namespace gateway::support {

// Records the events of sessions as lines: "opened", "GET /v1/accounts 200", …
class recording_probe final : public server::http_probe {
public:
    void connection_opened(base::fixed_text) override { lines.emplace_back("opened"); }
    void connection_closed(base::fixed_text) override { lines.emplace_back("closed"); }
    void connection_refused(base::fixed_text) override { lines.emplace_back("refused"); }
    void connection_evicted(base::fixed_text) override { lines.emplace_back("evicted"); }
    void handshake_failed(base::fixed_text, const base::redacted_text&) override {
        lines.emplace_back("handshake failed");
    }
    void shed(base::fixed_text, base::fixed_text reason) override {
        lines.push_back("shed " + std::string(reason));
    }
    void accept_failed(base::fixed_text, const base::redacted_text&) override {
        lines.emplace_back("accept failed");
    }
    void answered(const server::exchange_facts& facts) override {
        lines.push_back(
            std::string(facts.method) + ' ' + std::string(facts.route) + ' ' +
            std::to_string(facts.status)
        );
        last_took = facts.took.has_value();
        last_trace_id = facts.trace_id.view();
        last_request_id = facts.request_id.view();
        last_named_by_caller = facts.named_by_caller;
        last_redemption = facts.redemption.view();
    }
    void handler_failed(base::fixed_text route, const base::redacted_text& why) override {
        lines.push_back("bug " + std::string(route) + ": " + std::string(why));
    }

    std::vector<std::string> lines;
    bool last_took = false;  // the last answer has a duration
    std::string last_trace_id;
    std::string last_request_id;
    bool last_named_by_caller = false;
    std::string last_redemption;
};

}  // namespace gateway::support
