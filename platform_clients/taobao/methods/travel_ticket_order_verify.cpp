#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <map>

#include "platform_clients/taobao/method.hpp"
#include "platform_clients/taobao/outcome.hpp"
#include "platform_clients/taobao/params.hpp"
#include "text/object_reader.hpp"

// taobao.travel.ticket.order.verify: tickets of an order were used.

namespace gateway::taobao {
namespace {

namespace json = boost::json;
using redemption::attempt_outcome;
using redemption::verdict;
using text::code_rule;
using text::fault_list;
using text::object_reader;

constexpr std::size_t most_vouchers = 999;

struct used_voucher {
    base::card_secret confirm_code;
    std::int64_t used_quantity = 0;
    std::optional<std::string> used_date;  // yyyy-MM-dd HH:mm:ss, GMT+8
};

struct verify_params {
    std::optional<std::int64_t> order_id;
    std::optional<std::string> out_order_id;
    std::optional<std::int64_t> check_num;
    std::optional<std::int64_t> return_num;
    std::optional<std::int64_t> total_num;
    std::optional<base::card_secret> confirm_code;  // older form; new integrations use vouchers
    std::vector<used_voucher> vouchers;
    std::optional<std::int64_t> write_off_type;  // 0 this write-off's count, 1 the running total
};

std::vector<used_voucher> read_vouchers(object_reader& in, fault_list& faults) {
    std::vector<used_voucher> vouchers;
    const auto* list = in.array("voucher_infos", most_vouchers);
    for (std::size_t i = 0; list && i < list->size(); ++i) {
        const auto pointer = in.pointer("voucher_infos", i);
        const auto* object = (*list)[i].if_object();
        if (!object) {
            faults.push_back({pointer, base::redacted_text("must be an object")});
            continue;
        }
        object_reader one(*object, pointer, faults, in.codes());
        used_voucher voucher;
        voucher.confirm_code = base::card_secret(one.required_code("confirm_code").value_or(""));
        voucher.used_quantity = one.required_integer("used_quantity", count_from(1)).value_or(0);
        voucher.used_date = one.date_time("used_date");
        one.refuse_unknown();
        vouchers.push_back(std::move(voucher));
    }
    return vouchers;
}

// The document calls everything optional; without an order and something used it says nothing.
void check_sense(object_reader& in, const verify_params& params) {
    if (!in.has("order_id") && !in.has("out_order_id")) {
        in.fault("", "needs order_id or out_order_id");
    }
    if (in.has("voucher_infos")) {
        return;
    }
    if (!in.has("confirm_code")) {
        in.fault("", "needs voucher_infos, or the older confirm_code with check_num");
    } else if (!in.has("check_num")) {
        in.fault("check_num", "is required with confirm_code when there are no voucher_infos");
    } else if (params.check_num == 0) {
        in.fault("check_num", "must be at least 1 when there are no voucher_infos");
    }
}

std::optional<verify_params> read_params(
    const redemption::params_text& text, code_rule codes, fault_list& faults
) {
    return read_object<verify_params>(text, codes, faults, [&](object_reader& in) {
        verify_params params;
        params.order_id = in.integer("order_id", {.min = 1});
        params.out_order_id = in.code("out_order_id");
        params.check_num = in.integer("check_num", count_from(0));
        params.return_num = in.integer("return_num", count_from(0));
        params.total_num = in.integer("total_num", count_from(0));
        if (auto code = in.code("confirm_code")) {
            params.confirm_code = base::card_secret(std::move(*code));
        }
        params.vouchers = read_vouchers(in, faults);
        params.write_off_type = in.integer("write_off_type", {.min = 0, .max = 1});
        check_sense(in, params);
        in.refuse_unknown();
        return params;
    });
}

json::array wire_vouchers(const std::vector<used_voucher>& vouchers) {
    json::array list;
    for (const auto& one : vouchers) {
        json::object object{
            {"confirm_code", wire_text(one.confirm_code)}, {"used_quantity", one.used_quantity}
        };
        add_if(object, "used_date", one.used_date);
        list.push_back(std::move(object));
    }
    return list;
}

// The parameters as given, with numbers as numbers.
json::object as_given(const verify_params& params) {
    json::object out;
    add_if(out, "order_id", params.order_id);
    add_if(out, "out_order_id", params.out_order_id);
    add_if(out, "check_num", params.check_num);
    add_if(out, "return_num", params.return_num);
    add_if(out, "total_num", params.total_num);
    if (params.confirm_code) {
        out["confirm_code"] = wire_text(*params.confirm_code);
    }
    add_if(out, "write_off_type", params.write_off_type);
    if (!params.vouchers.empty()) {
        out["voucher_infos"] = wire_vouchers(params.vouchers);
    }
    return out;
}

std::vector<redemption::order_key> order_keys(const verify_params& params) {
    std::vector<redemption::order_key> keys;
    if (params.order_id) {
        keys.emplace_back("order_id:" + std::to_string(*params.order_id));
    }
    if (params.out_order_id) {
        keys.emplace_back("out_order_id:" + *params.out_order_id);
    }
    return keys;
}

// What each code has been used altogether, under every name of the order: a later call may use
// either.
std::vector<redemption::running_total> running_totals(
    const verify_params& params, const std::vector<redemption::order_key>& orders
) {
    std::map<std::string_view, std::int64_t> used;
    for (const auto& one : params.vouchers) {
        used[one.confirm_code.reveal()] += one.used_quantity;
    }
    if (params.confirm_code && params.check_num) {
        used.try_emplace(params.confirm_code->reveal(), *params.check_num);
    }
    std::vector<redemption::running_total> totals;
    for (const auto& order : orders) {
        for (const auto& [code, total] : used) {
            totals.push_back(
                {.subject = digest({order.str(), code}),
                 .total = total,
                 .order = order,
                 .code = digest({code})}
            );
        }
    }
    return totals;
}

class order_verify final : public client_method {
public:
    base::fixed_text name() const noexcept override { return "taobao.travel.ticket.order.verify"; }
    std::chrono::seconds default_expires_in() const noexcept override {
        return std::chrono::seconds(60);
    }
    bool needs_session() const noexcept override { return false; }

    redemption::params_reading read(const redemption::params_text& given, code_rule codes)
        const override {
        fault_list faults;
        const auto params = read_params(given, codes, faults);
        if (!params) {
            return faults;
        }
        redemption::terms terms;
        terms.canonical = redemption::params_text(text::canonical_text(as_given(*params)));
        terms.params = terms.canonical;
        terms.orders = order_keys(*params);
        terms.replay_safe = params->write_off_type == 1;
        if (terms.replay_safe) {
            terms.totals = running_totals(*params, terms.orders);
        }
        return terms;
    }

    std::optional<call_form> form(const redemption::params_text& recorded) const override {
        fault_list faults;
        const auto params = read_params(recorded, code_rule::recorded, faults);
        if (!params) {
            return std::nullopt;
        }
        call_form form;
        add_field(form, "order_id", params->order_id);
        add_field(form, "out_order_id", params->out_order_id);
        add_field(form, "check_num", params->check_num);
        add_field(form, "return_num", params->return_num);
        add_field(form, "total_num", params->total_num);
        add_field(form, "confirm_code", params->confirm_code);
        add_field(form, "write_off_type", params->write_off_type);
        if (!params->vouchers.empty()) {
            add_field(form, "voucher_infos", json::serialize(wire_vouchers(params->vouchers)));
        }
        for (const auto& one : params->vouchers) {
            form.secrets.push_back(one.confirm_code);
        }
        return form;
    }

    // No document and no integrator names one; the e-ticket documents are not about this call.
    std::span<const sub_code_rule> business_codes() const noexcept override { return {}; }

    attempt_outcome judge_result(
        const result_answer& result, bool /*ambiguous_before*/, const base::masker& /*secrets*/
    ) const override {
        const auto confirmed = boolean_member(result.fields, "is_success");
        if (!confirmed) {
            return answered(verdict::ambiguous, "the platform's answer holds no is_success");
        }
        auto outcome = *confirmed
                           ? answered(verdict::executed, "the platform confirmed the write-off")
                           : answered(verdict::refused, "the platform refused without a reason");
        outcome.result = json::serialize(json::object{{"is_success", *confirmed}});
        return outcome;
    }
};

}  // namespace

const client_method& travel_ticket_order_verify() {
    static const order_verify method;
    return method;
}

}  // namespace gateway::taobao
