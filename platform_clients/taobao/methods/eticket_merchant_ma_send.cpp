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
using text::code_rule;
using text::fault_list;
using text::object_reader;

constexpr std::size_t most_codes = 200;
constexpr std::int64_t default_biz_type = 3001;

// The document asks for all members of the list that the certificate type needs, and shows the
// other list beside it in its own example: that one is passed on as it is given.
enum class list_kind { needed, other };

struct issued_code {
    std::optional<base::card_secret> code;
    std::optional<std::int64_t> num;
    std::optional<std::string> qr_image;  // file_name that taobao.eticket.merchant.img.upload gave
};

struct issued_card {
    std::optional<base::card_secret> ka_no;
    std::optional<base::card_secret> ka_mi;  // several codes joined by '~' when group_redeem
    std::optional<std::int64_t> num;
};

struct send_params {
    std::string outer_id;
    base::card_secret token;  // its holder may issue codes for the order
    std::optional<std::int64_t> biz_type;
    std::optional<std::int64_t> certificate_type;  // 0 codes, 1 card
    std::optional<std::vector<issued_code>> codes;
    std::optional<issued_card> card;
    std::optional<bool> group_redeem;
};

std::optional<base::card_secret> read_secret(
    object_reader& in, std::string_view name, list_kind kind, text::text_rule rule = {}
) {
    auto text = kind == list_kind::needed ? in.required_code(name, rule) : in.code(name, rule);
    return text ? std::optional<base::card_secret>(std::move(*text)) : std::nullopt;
}

std::optional<std::vector<issued_code>> read_codes(
    object_reader& in, list_kind kind, fault_list& faults
) {
    const bool needed = kind == list_kind::needed;
    const auto* list = in.array("isv_ma_list", most_codes, needed ? 1 : 0);
    if (!list) {
        return std::nullopt;
    }
    std::vector<issued_code> codes;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const auto pointer = in.pointer("isv_ma_list", i);
        const auto* object = (*list)[i].if_object();
        if (!object) {
            faults.push_back({pointer, base::redacted_text("must be an object")});
            continue;
        }
        object_reader one(*object, pointer, faults, in.codes());
        issued_code code;
        code.code = read_secret(one, "code", kind);
        code.num =
            needed ? one.required_integer("num", count_from(1)) : one.integer("num", count_from(1));
        code.qr_image = one.code("qr_image");
        one.refuse_unknown();
        codes.push_back(std::move(code));
    }
    return codes;
}

bool has_empty_part(std::string_view joined) noexcept {
    return joined.starts_with('~') || joined.ends_with('~') ||
           joined.find("~~") != std::string_view::npos;
}

std::optional<issued_card> read_card(
    object_reader& in, list_kind kind, bool grouped, fault_list& faults
) {
    const auto* object = in.object("isv_ka_list");
    if (!object) {
        return std::nullopt;
    }
    object_reader one(*object, in.pointer("isv_ka_list"), faults, in.codes());
    issued_card card;
    card.ka_no = read_secret(one, "ka_no", kind);
    card.ka_mi = read_secret(one, "ka_mi", kind, {.min = 1, .max = 8192});
    card.num = one.integer("num", count_from(1));
    if (grouped && card.ka_mi && has_empty_part(card.ka_mi->reveal())) {
        one.fault(
            "ka_mi", "must be codes joined by ~ without an empty one, as group_redeem is set"
        );
    }
    one.refuse_unknown();
    return card;
}

void check_kind(object_reader& in, const send_params& params) {
    const bool card = params.certificate_type == 1;
    const auto* needed = card ? "isv_ka_list" : "isv_ma_list";
    if (!in.has(needed)) {
        in.fault(
            needed,
            card ? base::fixed_text("is required with certificate_type 1")
                 : "is required with certificate_type 0 (the default)"
        );
    }
    if (!card && params.group_redeem == true) {
        in.fault("group_redeem", "may be true only with certificate_type 1");
    }
}

std::optional<send_params> read_params(
    const redemption::params_text& text, code_rule codes, fault_list& faults
) {
    return read_object<send_params>(text, codes, faults, [&](object_reader& in) {
        send_params params;
        params.outer_id = in.required_code("outer_id").value_or("");
        params.token = base::card_secret(in.required_code("token").value_or(""));
        params.biz_type = in.integer("biz_type", {.min = 1});
        params.certificate_type = in.integer("certificate_type", {.min = 0, .max = 1});
        params.group_redeem = in.boolean("group_redeem");
        const bool card = params.certificate_type == 1;
        params.codes = read_codes(in, card ? list_kind::other : list_kind::needed, faults);
        params.card = read_card(
            in, card ? list_kind::needed : list_kind::other, params.group_redeem == true, faults
        );
        check_kind(in, params);
        in.refuse_unknown();
        return params;
    });
}

json::array wire_codes(const std::vector<issued_code>& codes) {
    json::array list;
    for (const auto& one : codes) {
        json::object object;
        add_if(object, "code", one.code);
        add_if(object, "num", one.num);
        add_if(object, "qr_image", one.qr_image);
        list.push_back(std::move(object));
    }
    return list;
}

json::object wire_card(const issued_card& card) {
    json::object object;
    add_if(object, "ka_no", card.ka_no);
    add_if(object, "ka_mi", card.ka_mi);
    add_if(object, "num", card.num);
    return object;
}

// The parameters as given, with numbers as numbers.
json::object as_given(const send_params& params) {
    json::object out{{"outer_id", params.outer_id}, {"token", wire_text(params.token)}};
    add_if(out, "biz_type", params.biz_type);
    add_if(out, "certificate_type", params.certificate_type);
    add_if(out, "group_redeem", params.group_redeem);
    if (params.codes) {
        out["isv_ma_list"] = wire_codes(*params.codes);
    }
    if (params.card) {
        out["isv_ka_list"] = wire_card(*params.card);
    }
    return out;
}

// The token is added with its own field.
std::vector<base::card_secret> secrets_of(const send_params& params) {
    std::vector<base::card_secret> secrets;
    for (const auto& one : params.codes.value_or(std::vector<issued_code>())) {
        if (one.code) {
            secrets.push_back(*one.code);
        }
    }
    if (params.card && params.card->ka_no) {
        secrets.push_back(*params.card->ka_no);
    }
    if (params.card && params.card->ka_mi) {
        secrets.push_back(*params.card->ka_mi);
        auto rest = params.card->ka_mi->reveal();
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
    base::fixed_text name() const noexcept override { return "taobao.eticket.merchant.ma.send"; }
    std::chrono::seconds default_expires_in() const noexcept override {
        return std::chrono::hours(24);
    }
    bool needs_session() const noexcept override { return true; }

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
        const auto biz_type = params->biz_type.value_or(default_biz_type);
        terms.natural = redemption::natural_key(params->outer_id + ':' + std::to_string(biz_type));
        terms.orders.emplace_back("outer_id:" + params->outer_id);
        terms.replay_safe = true;
        return terms;
    }

    std::optional<call_form> form(const redemption::params_text& recorded) const override {
        fault_list faults;
        const auto params = read_params(recorded, code_rule::recorded, faults);
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
            auto card = wire_card(*params->card);
            if (params->certificate_type == 1 && !params->card->num) {
                card["num"] = 1;
            }
            add_field(form, "isv_ka_list", json::serialize(card));
        }
        if (params->codes) {
            add_field(form, "isv_ma_list", json::serialize(wire_codes(*params->codes)));
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
