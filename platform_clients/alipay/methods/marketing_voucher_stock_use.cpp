// alipay.marketing.voucher.stock.use: redeems one code of an external merchant's voucher stock.

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/card_secret.hpp"
#include "platform_clients/alipay/method.hpp"
#include "platform_clients/read_object.hpp"
#include "text/hex.hpp"
#include "text/object_reader.hpp"
#include "text/sha256.hpp"
#include "text/strict_json.hpp"

namespace gateway::alipay {
namespace {

namespace json = boost::json;
using redemption::verdict;

constexpr std::size_t longest_text = 128;
constexpr std::size_t voucher_id_length = 28;

constexpr std::array<std::string_view, 1> code_members{"entity_no"};

// The API page's own codes, and INVALID_PARAMETER, which its sister APIs answer with.
constexpr std::array own_codes{
    sub_code_rule{"REQUEST_PARAM_ILLEGAL", meaning::refused},
    sub_code_rule{"VOUCHER_HAS_EXPIRED", meaning::refused},
    sub_code_rule{"INVALID_PARAMETER", meaning::refused},
    sub_code_rule{"SLA_ERROR", meaning::not_executed},
    sub_code_rule{"DB_EXCEPTION", meaning::ambiguous},
    sub_code_rule{"VCC_INVOKE_ERROR", meaning::ambiguous},
};

constexpr std::size_t derived_bytes = 16;

// Letters and digits, of app, caller, key and content: the same for ever, so that even a gateway
// without its memory repeats instead of doubling (docs/api.md, Creating a redemption).
std::string derived_number(const redemption::derivation& from, std::string_view content) {
    const json::array basis{
        json::value("out_biz_no 1"),
        json::value(from.identity.str()),
        json::value(from.caller.str()),
        json::value(from.key.str()),
        json::value(json::string_view(content))
    };
    const auto digest = text::sha256(text::canonical_text(basis));
    return text::to_hex(std::string_view(
        reinterpret_cast<const char*>(digest.data()), std::min(digest.size(), derived_bytes)
    ));
}

struct use_params {
    std::optional<std::string> entity_no;  // there when no fault was noted
    std::optional<std::string> out_biz_no;
};

use_params read_params(text::object_reader& in) {
    use_params params{
        .entity_no = in.required_code("entity_no", {.min = 1, .max = longest_text}),
        .out_biz_no =
            in.code("out_biz_no", {.min = 1, .max = longest_text, .letters_and_digits = true}),
    };
    in.refuse_unknown();
    return params;
}

class stock_use final : public client_method {
public:
    base::fixed_text name() const noexcept override { return "alipay.marketing.voucher.stock.use"; }
    std::chrono::seconds default_expires_in() const noexcept override {
        return std::chrono::seconds(60);
    }
    std::span<const std::string_view> secret_members() const noexcept override {
        return code_members;
    }
    std::span<const sub_code_rule> business_codes() const noexcept override { return own_codes; }

    redemption::params_reading read(const redemption::params_text& given, text::code_rule codes)
        const override {
        text::fault_list faults;
        auto params = platform_clients::read_object<use_params>(given, codes, faults, read_params);
        if (!params) {
            return faults;
        }
        return terms_of(base::card_secret(std::move(*params->entity_no)), params->out_biz_no);
    }

    void complete(redemption::terms& terms, const redemption::derivation& from) const override {
        if (terms.natural) {
            return;
        }
        const auto number = derived_number(from, terms.canonical.reveal());
        auto complete = json::parse(terms.canonical.reveal()).as_object();
        complete["out_biz_no"] = number;
        terms.params = redemption::params_text(text::canonical_text(complete));
        terms.natural = redemption::natural_key(number);
    }

    success_reading read_success(
        const json::object& node, bool /*ambiguous_before*/
    ) const override {
        const auto* member = node.if_contains("voucher_id");
        if (!member || member->is_null() || *member == "") {
            return {verdict::not_executed, "Alipay answered success without a voucher_id", ""};
        }
        const auto* voucher_id = member->if_string();
        if (!voucher_id || voucher_id->size() != voucher_id_length) {
            return {verdict::ambiguous, "Alipay answered with a voucher_id of odd form", ""};
        }
        return {verdict::executed, "", json::serialize(json::object{{"voucher_id", *voucher_id}})};
    }

private:
    static redemption::terms terms_of(
        const base::card_secret& entity_no, const std::optional<std::string>& out_biz_no
    ) {
        json::object given{{"entity_no", json::string_view(entity_no.reveal())}};
        if (out_biz_no) {
            given["out_biz_no"] = *out_biz_no;
        }
        redemption::terms terms;
        terms.canonical = redemption::params_text(text::canonical_text(given));
        terms.params = terms.canonical;
        if (out_biz_no) {
            terms.natural = redemption::natural_key(*out_biz_no);
        }
        // The platform takes the same out_biz_no with the same content as the same redemption.
        terms.replay_safe = true;
        return terms;
    }
};

}  // namespace

const client_method& marketing_voucher_stock_use() {
    static const stock_use method;
    return method;
}

}  // namespace gateway::alipay
