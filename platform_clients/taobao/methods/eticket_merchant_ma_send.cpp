#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <iterator>

#include "platform_clients/taobao/method.hpp"
#include "platform_clients/taobao/outcome.hpp"
#include "platform_clients/taobao/params.hpp"
#include "text/object_reader.hpp"

// taobao.eticket.merchant.ma.send: the codes (or card numbers) of an order were issued.

namespace gateway::taobao {
namespace {

namespace json = boost::json;
using redemption::attempt_outcome;
using redemption::verdict;
using text::fault_list;
using text::object_reader;

constexpr std::size_t most_codes = 200;
constexpr std::int64_t default_biz_type = 3001;

struct issued_code {
    base::card_secret code;
    std::int64_t num = 0;
    std::optional<std::string> qr_image;  // file_name that taobao.eticket.merchant.img.upload gave
};

struct issued_card {
    base::card_secret ka_no;
    base::card_secret ka_mi;  // several codes joined by '~' when group_redeem
    std::optional<std::int64_t> num;
};

struct send_params {
    std::string outer_id;
    base::card_secret token;  // its holder may issue codes for the order
    std::optional<std::int64_t> biz_type;
    std::optional<std::int64_t> certificate_type;  // 0 codes, 1 card
    std::vector<issued_code> codes;
    std::optional<issued_card> card;
    std::optional<bool> group_redeem;
};

std::vector<issued_code> read_codes(object_reader& in, fault_list& faults) {
    std::vector<issued_code> codes;
    const auto* list = in.array("isv_ma_list", most_codes);
    for (std::size_t i = 0; list && i < list->size(); ++i) {
        const auto pointer = in.pointer("isv_ma_list", i);
        const auto* object = (*list)[i].if_object();
        if (!object) {
            faults.push_back({pointer, "must be an object"});
            continue;
        }
        object_reader one(*object, pointer, faults);
        issued_code code;
        code.code = base::card_secret(one.required_text("code").value_or(""));
        code.num = one.required_integer("num", count_from(1)).value_or(0);
        code.qr_image = one.text("qr_image");
        one.refuse_unknown();
        codes.push_back(std::move(code));
    }
    return codes;
}

bool has_empty_part(std::string_view joined) noexcept {
    return joined.starts_with('~') || joined.ends_with('~') ||
           joined.find("~~") != std::string_view::npos;
}

std::optional<issued_card> read_card(object_reader& in, bool grouped, fault_list& faults) {
    const auto* object = in.object("isv_ka_list");
    if (!object) {
        return std::nullopt;
    }
    object_reader one(*object, in.pointer("isv_ka_list"), faults);
    issued_card card;
    card.ka_no = base::card_secret(one.required_text("ka_no").value_or(""));
    card.ka_mi =
        base::card_secret(one.required_text("ka_mi", {.min = 1, .max = 8192}).value_or(""));
    card.num = one.integer("num", count_from(1));
    if (grouped && has_empty_part(card.ka_mi.reveal())) {
        one.fault(
            "ka_mi", "must be codes joined by ~ without an empty one, as group_redeem is set"
        );
    }
    one.refuse_unknown();
    return card;
}

// Which list belongs to which certificate type.
void check_kind(object_reader& in, const send_params& params) {
    const bool card = params.certificate_type == 1;
    const auto* wanted = card ? "isv_ka_list" : "isv_ma_list";
    const auto* other = card ? "isv_ma_list" : "isv_ka_list";
    const std::string kind = card ? "certificate_type 1" : "certificate_type 0 (the default)";
    if (!in.has(wanted)) {
        in.fault(wanted, "is required with " + kind);
    }
    if (in.has(other)) {
        in.fault(other, "must not be given with " + kind);
    }
    if (!card && params.group_redeem == true) {
        in.fault("group_redeem", "may be true only with certificate_type 1");
    }
}

std::optional<send_params> read_params(const redemption::params_text& text, fault_list& faults) {
    return read_object<send_params>(text, faults, [&](object_reader& in) {
        send_params params;
        params.outer_id = in.required_text("outer_id").value_or("");
        params.token = base::card_secret(in.required_text("token").value_or(""));
        params.biz_type = in.integer("biz_type", {.min = 1});
        params.certificate_type = in.integer("certificate_type", {.min = 0, .max = 1});
        params.group_redeem = in.boolean("group_redeem");
        params.codes = read_codes(in, faults);
        params.card = read_card(in, params.group_redeem == true, faults);
        check_kind(in, params);
        in.refuse_unknown();
        return params;
    });
}

json::array wire_codes(const std::vector<issued_code>& codes) {
    json::array list;
    for (const auto& one : codes) {
        json::object object{{"code", wire_text(one.code)}, {"num", one.num}};
        add_if(object, "qr_image", one.qr_image);
        list.push_back(std::move(object));
    }
    return list;
}

// The parameters as given, with numbers as numbers.
json::object as_given(const send_params& params) {
    json::object out{{"outer_id", params.outer_id}, {"token", wire_text(params.token)}};
    add_if(out, "biz_type", params.biz_type);
    add_if(out, "certificate_type", params.certificate_type);
    add_if(out, "group_redeem", params.group_redeem);
    if (!params.codes.empty()) {
        out["isv_ma_list"] = wire_codes(params.codes);
    }
    if (params.card) {
        json::object card{
            {"ka_no", wire_text(params.card->ka_no)}, {"ka_mi", wire_text(params.card->ka_mi)}
        };
        add_if(card, "num", params.card->num);
        out["isv_ka_list"] = std::move(card);
    }
    return out;
}

// The token is added with its own field.
std::vector<base::card_secret> secrets_of(const send_params& params) {
    std::vector<base::card_secret> secrets;
    for (const auto& one : params.codes) {
        secrets.push_back(one.code);
    }
    if (params.card) {
        secrets.push_back(params.card->ka_no);
        secrets.push_back(params.card->ka_mi);
        auto rest = params.card->ka_mi.reveal();
        while (params.group_redeem == true && !rest.empty()) {
            const auto end = std::min(rest.find('~'), rest.size());
            secrets.emplace_back(std::string(rest.substr(0, end)));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return secrets;
}

// The official table of this call is empty; these are the e-ticket documents' own, as far as they
// can answer a send. Whether they come as sub_code or as ret_code is not documented.
constexpr sub_code_rule own_codes[] = {
    // By an attempt of ours without an answer, or by another system. The same payload goes
    // out each time, so the former is what was wished for. The last spelling is the platform's.
    {"isv.eticket-send-error:code-already-send",
     meaning::done_before,
     "the codes of this order were sent by another system"},
    {"isv.eticket-send-error:code-already-sent",
     meaning::done_before,
     "the codes of this order were sent by another system"},
    {"isv.eticket-send-error:code-alreay-send",
     meaning::done_before,
     "the codes of this order were sent by another system"},
    {"isv.eticket-service-unavailable:order-is-processing",
     meaning::not_executed,
     "the platform is working on another call for this order"},
    {"isv.eticket-service-unavailable:op-failed", meaning::ambiguous, "the e-ticket service failed"
    },
    {"isv.eticket-order-status-error:invalid-order-status",
     meaning::refused,
     "the order is closed or refunded"},
    {"isv.eticket-order-not-found:invalid-orderid",
     meaning::refused,
     "the platform does not find the order"},
    {"isv.eticket-token-error:invalid-token", meaning::refused, "the token is not the order's"},
    {"isv.eticket-seller-error:invalid-eticket-seller",
     meaning::refused,
     "the seller may not issue e-tickets"},
    {"isv.eticket-privilege-error:order-not-belongto-seller",
     meaning::refused,
     "the order belongs to another seller"},
    {"isv.eticket-invalid-parameter", meaning::refused, "a parameter is invalid"},
    {"isv.eticket-invalid-parameter:", meaning::refused, "a parameter is invalid"},
    // Of a write-off, and there it means that it was done before.
    {"isv.eticket-invalid-parameter:duplicate-consume-serial-num",
     meaning::ambiguous,
     "the platform speaks of a write-off, and this is none"},
};

class ma_send final : public client_method {
public:
    std::string_view name() const noexcept override { return "taobao.eticket.merchant.ma.send"; }
    std::chrono::seconds default_expires_in() const noexcept override {
        return std::chrono::hours(24);
    }
    bool needs_session() const noexcept override { return true; }

    redemption::params_reading read(
        const redemption::params_text& given, const redemption::redemption_id& /*id*/
    ) const override {
        fault_list faults;
        const auto params = read_params(given, faults);
        if (!params) {
            return faults;
        }
        redemption::terms terms;
        terms.canonical = redemption::params_text(text::canonical_text(as_given(*params)));
        terms.params = terms.canonical;
        const auto biz_type = params->biz_type.value_or(default_biz_type);
        terms.natural = redemption::natural_key(params->outer_id + ':' + std::to_string(biz_type));
        terms.orders.emplace_back("outer_id:" + params->outer_id);
        terms.replay_safe = true;
        return terms;
    }

    std::optional<call_form> form(const redemption::params_text& recorded) const override {
        fault_list faults;
        const auto params = read_params(recorded, faults);
        if (!params) {
            return std::nullopt;
        }
        call_form form{{}, secrets_of(*params)};
        add_field(form, "outer_id", params->outer_id);
        add_field(form, "token", std::optional(params->token));
        add_field(form, "biz_type", params->biz_type);
        add_field(form, "certificate_type", params->certificate_type);
        add_field(form, "group_redeem", params->group_redeem);
        if (params->card) {
            const json::object card{
                {"ka_no", wire_text(params->card->ka_no)},
                {"ka_mi", wire_text(params->card->ka_mi)},
                {"num", params->card->num.value_or(1)}
            };
            add_field(form, "isv_ka_list", json::serialize(card));
        } else {
            add_field(form, "isv_ma_list", json::serialize(wire_codes(params->codes)));
        }
        return form;
    }

    std::span<const sub_code_rule> business_codes() const noexcept override { return own_codes; }

    attempt_outcome judge_result(
        const result_answer& result, bool ambiguous_before, const base::masker& secrets
    ) const override {
        const auto ret_code = text_member(result.fields, "ret_code");
        const auto ret_msg = text_member(result.fields, "ret_msg");
        auto outcome = judge_ret_code(ret_code, ret_msg.value_or(""), ambiguous_before);
        outcome.said = evidence_of({.code = "", .msg = ret_msg, .sub_code = ret_code}, secrets);
        outcome.result = chosen_text(result.fields, {"resp_body", "ret_code", "ret_msg"});
        return outcome;
    }

    attempt_outcome judge_error(
        const error_answer& error, bool ambiguous_before, const base::masker& secrets
    ) const override {
        auto outcome = client_method::judge_error(error, ambiguous_before, secrets);
        if (outcome.verdict == verdict::executed) {
            outcome.result =
                json::serialize(json::object{{"sub_code", error.sub_code.value_or("")}});
        }
        return outcome;
    }

private:
    static attempt_outcome judge_ret_code(
        const std::optional<std::string>& ret_code, std::string_view ret_msg, bool ambiguous_before
    ) {
        if (!ret_code) {
            return answered(verdict::ambiguous, "the platform's answer holds no ret_code");
        }
        if (*ret_code == "isv.success-all") {
            return answered(verdict::executed, "the platform confirmed the codes");
        }
        if (auto known = sub_code_outcome(*ret_code, ret_msg, own_codes, ambiguous_before)) {
            return *known;
        }
        return answered(verdict::ambiguous, "the platform answered with an unknown ret_code");
    }
};

}  // namespace

const client_method& eticket_merchant_ma_send() {
    static const ma_send method;
    return method;
}

}  // namespace gateway::taobao
