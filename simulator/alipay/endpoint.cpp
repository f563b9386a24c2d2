#include "simulator/alipay/endpoint.hpp"

#include "simulator/alipay/answer.hpp"
#include "simulator/alipay/request_check.hpp"
#include "simulator/digest.hpp"
#include "simulator/faults/fault_rules.hpp"

namespace simulator {

namespace {

alipay_result throttled(const fault& injected) {
    if (injected.text("form") == "sla") {
        return business_failed("SLA_ERROR", "SLA服务限流业务异常");
    }
    return {"40005", "isv.app-call-limited", "应用调用次数超限"};
}

// The answer does not depend on whether the method was executed; that makes it ambiguous.
alipay_result system_busy() {
    return {"20000", "isp.unknow-error", "系统繁忙"};
}

duplicate_answer duplicates_in_force(const active_faults& faults, duplicate_answer usual) {
    const fault* injected = faults.find(fault_kind::duplicate_mode);
    if (injected == nullptr) {
        return usual;
    }
    const std::string mode = injected->text("mode");
    if (mode == "replay") {
        return duplicate_answer::replay;
    }
    return mode == "error" ? duplicate_answer::error : duplicate_answer::empty;
}

// Applies the faults that replace the outcome of the method.
void apply_execution_fault(const active_faults& faults, alipay_outcome& outcome) {
    const fault* injected = faults.of_stage(fault_stage::execution);
    if (injected == nullptr) {
        return;
    }
    switch (injected->kind()) {
        case fault_kind::system_busy:
            outcome.result = system_busy();
            break;
        case fault_kind::business_code:
            outcome.result = {
                injected->text("code"),
                injected->text("sub_code"),
                injected->text("sub_msg"),
                injected->text("msg")
            };
            break;
        case fault_kind::empty_voucher_id:
            outcome.fields["voucher_id"] = "";
            break;
        default:
            break;
    }
}

std::string verdict_of(const alipay_outcome& outcome, bool executed) {
    std::string verdict = executed ? outcome.verdict : "not executed";
    if (!outcome.result.sub_code.empty()) {
        verdict += " " + outcome.result.code + " " + outcome.result.sub_code;
    }
    return verdict;
}

}  // namespace

class alipay_endpoint::call final : public platform_call {
public:
    call(alipay_endpoint& endpoint, const gateway::net::http_request& request, wall_time now)
        : endpoint_(endpoint), request_(read_alipay_request(request)) {
        refused_ = check_alipay_request(request, endpoint.credentials_, now, request_);
        facts_.where = platform::alipay;
        facts_.fields = request_.fields;
        if (request_.method != nullptr) {
            facts_.method = request_.method->name();
            facts_.natural_key =
                request_.method->natural_key(refused_ ? peek_biz_content(request_) : request_.biz);
        }
    }

    const call_facts& facts() const noexcept override { return facts_; }

    platform_answer answer(const active_faults& faults, wall_time now) override {
        const alipay_outcome outcome = decide(faults, now);
        return {
            alipay_answer(request_, outcome, endpoint_.next_trace_id(), faults), outcome.verdict
        };
    }

private:
    alipay_outcome decide(const active_faults& faults, wall_time now) {
        if (refused_) {
            return refuse(*refused_);
        }
        if (const fault* throttle = faults.find(fault_kind::throttle)) {
            return refuse(throttled(*throttle));
        }
        alipay_outcome outcome;
        const bool executed = faults.allow_execution();
        if (executed) {
            const auto duplicates =
                duplicates_in_force(faults, request_.credentials->app.duplicates);
            outcome = request_.method->execute(
                request_.biz, {*request_.credentials, duplicates, endpoint_.ledger_, now}
            );
        } else {
            outcome.result = alipay_success();
            outcome.fields = request_.method->success(request_.biz);
        }
        apply_execution_fault(faults, outcome);
        outcome.verdict = verdict_of(outcome, executed);
        return outcome;
    }

    static alipay_outcome refuse(const alipay_result& result) {
        alipay_outcome outcome{result, {}, "refused"};
        outcome.verdict = verdict_of(outcome, true);
        return outcome;
    }

    alipay_endpoint& endpoint_;
    alipay_request request_;
    call_facts facts_;
    std::optional<alipay_result> refused_;
};

alipay_endpoint::alipay_endpoint(const std::vector<alipay_app>& apps, effect_ledger& ledger)
    : ledger_(ledger) {
    for (const alipay_app& app : apps) {
        credentials_.push_back(load_alipay_credentials(app));
    }
}

std::unique_ptr<platform_call> alipay_endpoint::receive(
    const gateway::net::http_request& request, wall_time now
) {
    return std::make_unique<call>(*this, request, now);
}

std::string alipay_endpoint::next_trace_id() {
    return "0b" +
           lower_hex(hash(digest::md5, "trace " + std::to_string(++requests_))).substr(0, 26);
}

}  // namespace simulator
