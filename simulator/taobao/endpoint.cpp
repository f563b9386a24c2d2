#include "simulator/taobao/endpoint.hpp"

#include "simulator/faults/fault_rules.hpp"
#include "simulator/taobao/answer.hpp"
#include "simulator/taobao/arguments.hpp"
#include "simulator/taobao/request_check.hpp"

namespace simulator {

namespace {

taobao_error throttled(std::int64_t seconds) {
    return {
        7,
        "App Call Limited",
        "accesscontrol.limited-by-api-access-count",
        "This ban will last for " + std::to_string(seconds) + " more seconds"
    };
}

taobao_error order_busy() {
    return remote_error("isv.eticket-service-unavailable:order-is-processing", "订单处理中");
}

// The answer does not depend on whether the method was executed; that makes it ambiguous.
taobao_error remote_timeout() {
    return remote_error("isp.top-remote-connection-timeout", "远程服务调用超时");
}

taobao_error injected_error(const fault& injected) {
    const auto code = number_argument(injected.text("code"));
    std::string msg = injected.text("msg");
    return {
        static_cast<int>(code.value_or(15)),
        msg.empty() ? "Remote service error" : std::move(msg),
        injected.text("sub_code"),
        injected.text("sub_msg")
    };
}

// Applies the faults that replace the outcome of the method.
void apply_execution_fault(const active_faults& faults, taobao_outcome& outcome) {
    const fault* injected = faults.of_stage(fault_stage::execution);
    if (injected == nullptr) {
        return;
    }
    switch (injected->kind()) {
        case fault_kind::system_busy:
            outcome.error = remote_timeout();
            break;
        case fault_kind::business_code:
            outcome.error = injected_error(*injected);
            break;
        case fault_kind::order_lock:
            outcome.error = order_busy();
            break;
        case fault_kind::is_success:
            if (injected->text("value") == "absent") {
                outcome.fields.erase("is_success");
            } else {
                outcome.fields["is_success"] = false;
            }
            break;
        case fault_kind::ret_code:
            outcome.fields["ret_code"] = injected->text("ret_code");
            break;
        default:
            break;
    }
}

std::string verdict_of(const taobao_outcome& outcome, bool executed) {
    std::string verdict = executed ? outcome.verdict : "not executed";
    if (outcome.error) {
        verdict += " " + std::to_string(outcome.error->code) + " " + outcome.error->sub_code;
    }
    return verdict;
}

}  // namespace

class taobao_endpoint::call final : public platform_call {
public:
    call(taobao_endpoint& endpoint, const gateway::net::http_request& request, wall_time now)
        : endpoint_(endpoint), request_(read_taobao_request(request)) {
        refused_ = check_taobao_request(request, endpoint.apps_, now, request_);
        facts_.where = platform::taobao;
        facts_.method = argument(request_.params, "method");
        facts_.fields = request_.fields;
        if (request_.method != nullptr) {
            facts_.natural_key = request_.method->natural_key(request_.params);
        }
        if (!refused_) {
            refused_arguments_ = request_.method->check(request_.params);
        }
        if (!refused_ && !refused_arguments_ && request_.method->locks_order()) {
            lock_ = endpoint.locks_.try_lock(facts_.natural_key);
            busy_ = !lock_;
        }
    }

    const call_facts& facts() const noexcept override { return facts_; }

    platform_answer answer(const active_faults& faults, wall_time now) override {
        const taobao_outcome outcome = decide(faults, now);
        lock_.release();
        return {
            taobao_answer(request_, outcome, endpoint_.next_request_id(), faults), outcome.verdict
        };
    }

private:
    taobao_outcome decide(const active_faults& faults, wall_time now) {
        if (refused_) {
            return refuse(*refused_);
        }
        if (const fault* throttle = faults.find(fault_kind::throttle)) {
            return refuse(throttled(throttle->number("ban_s")));
        }
        if (refused_arguments_) {
            return refuse(*refused_arguments_);
        }
        if (busy_) {
            return refuse(order_busy());
        }
        taobao_outcome outcome;
        const bool executed = faults.allow_execution();
        if (executed) {
            outcome =
                request_.method->execute(request_.params, *request_.app, endpoint_.ledger_, now);
        } else {
            outcome.fields = request_.method->success();
        }
        apply_execution_fault(faults, outcome);
        outcome.verdict = verdict_of(outcome, executed);
        return outcome;
    }

    static taobao_outcome refuse(const taobao_error& error) {
        taobao_outcome outcome{error, {}, "refused"};
        outcome.verdict = verdict_of(outcome, true);
        return outcome;
    }

    taobao_endpoint& endpoint_;
    taobao_request request_;
    call_facts facts_;
    std::optional<taobao_error> refused_;
    std::optional<taobao_error> refused_arguments_;
    order_locks::guard lock_;
    bool busy_ = false;
};

std::unique_ptr<platform_call> taobao_endpoint::receive(
    const gateway::net::http_request& request, wall_time now
) {
    return std::make_unique<call>(*this, request, now);
}

// TOP's request ids are in base 36.
std::string taobao_endpoint::next_request_id() {
    constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    std::string id = "zz";
    std::uint64_t rest = ++requests_ * 0x9E3779B97F4A7C15U;
    for (int i = 0; i < 11; ++i) {
        id.push_back(digits[rest % digits.size()]);
        rest /= digits.size();
    }
    return id;
}

}  // namespace simulator
