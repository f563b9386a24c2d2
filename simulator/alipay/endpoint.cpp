#include "simulator/alipay/endpoint.hpp"

#include "simulator/alipay/answer.hpp"
#include "simulator/alipay/request_check.hpp"
#include "simulator/digest.hpp"
#include "simulator/faults/fault_rules.hpp"

namespace simulator {

namespace {

alipay_result throttled(const fault& told) {
    if (told.text("form") == "sla") {
        return business_failed("SLA_ERROR", "SLA服务限流业务异常");
    }
    return {"40005", "isv.app-call-limited", "应用调用次数超限"};
}

// The same words whether it executed or not: that is what makes it ambiguous.
alipay_result system_busy() {
    return {"20000", "isp.unknow-error", "系统繁忙"};
}

duplicate_answer told_duplicates(const active_faults& faults, duplicate_answer usual) {
    const fault* told = faults.find(fault_kind::duplicate_mode);
    if (told == nullptr) {
        return usual;
    }
    const std::string mode = told->text("mode");
    if (mode == "replay") {
        return duplicate_answer::replay;
    }
    return mode == "error" ? duplicate_answer::error : duplicate_answer::empty;
}

// Faults that replace what the business said.
void apply_execution_fault(const active_faults& faults, alipay_outcome& outcome) {
    const fault* told = faults.of_stage(fault_stage::execution);
    if (told == nullptr) {
        return;
    }
    switch (told->kind()) {
        case fault_kind::system_busy:
            outcome.result = system_busy();
            break;
        case fault_kind::business_code:
            outcome.result = {
                told->text("code"), told->text("sub_code"), told->text("sub_msg"), told->text("msg")
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

class alipay_side::call final : public platform_call {
public:
    call(alipay_side& side, const gateway::net::http_request& request, wall_time now)
        : side_(side), request_(read_alipay_request(request)) {
        refused_ = check_alipay_request(request, side.parties_, now, request_);
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
        return {alipay_answer(request_, outcome, side_.next_trace_id(), faults), outcome.verdict};
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
            const auto duplicates = told_duplicates(faults, request_.party->app.duplicates);
            outcome = request_.method->execute(
                request_.biz, {*request_.party, duplicates, side_.books_, now}
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

    alipay_side& side_;
    alipay_request request_;
    call_facts facts_;
    std::optional<alipay_result> refused_;
};

alipay_side::alipay_side(const std::vector<alipay_app>& apps, ledger& books) : books_(books) {
    for (const alipay_app& app : apps) {
        parties_.push_back(load_alipay_party(app));
    }
}

std::unique_ptr<platform_call> alipay_side::receive(
    const gateway::net::http_request& request, wall_time now
) {
    return std::make_unique<call>(*this, request, now);
}

std::string alipay_side::next_trace_id() {
    return "0b" +
           lower_hex(hash(digest::md5, "trace " + std::to_string(++requests_))).substr(0, 26);
}

}  // namespace simulator
