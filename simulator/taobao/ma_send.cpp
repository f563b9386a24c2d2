#include <boost/json/array.hpp>
#include <limits>

#include "simulator/taobao/arguments.hpp"
#include "simulator/taobao/method.hpp"

// taobao.eticket.merchant.ma.send reports the issued codes or cards of one order, once per outer_id
// and biz_type.

namespace simulator {

namespace json = boost::json;

namespace {

constexpr std::string_view names[] = {
    "biz_type",
    "certificate_type",
    "group_redeem",
    "isv_ka_list",
    "isv_ma_list",
    "outer_id",
    "token",
};
constexpr std::size_t longest_code_list = 200;
constexpr std::int64_t any_number = std::numeric_limits<std::int64_t>::max();

// The document asks for the members of the list that the certificate type needs; its own example
// sends the other list, too.
enum class list_kind { needed, other };

bool text_fits(const json::object& from, std::string_view name, list_kind kind) {
    return (kind == list_kind::other && !from.contains(name)) || has_text(from, name);
}

bool number_fits(const json::object& from, std::string_view name, list_kind kind) {
    return (kind == list_kind::other && !from.contains(name)) ||
           has_number(from, name, 1, any_number);
}

bool is_code_list(std::string_view text, list_kind kind) {
    const auto value = json_argument(text);
    if (!value || !value->is_array()) {
        return false;
    }
    const json::array& codes = value->get_array();
    if ((codes.empty() && kind == list_kind::needed) || codes.size() > longest_code_list) {
        return false;
    }
    for (const auto& item : codes) {
        const auto* code = item.if_object();
        if (code == nullptr || !only_members(*code, {"code", "num", "qr_image"}) ||
            !text_fits(*code, "code", kind) || !number_fits(*code, "num", kind) ||
            !text_fits(*code, "qr_image", list_kind::other)) {
            return false;
        }
    }
    return true;
}

// The parameter holds one object, despite its name isv_ka_list.
bool is_card(std::string_view text, list_kind kind) {
    const auto value = json_argument(text);
    const auto* card = value ? value->if_object() : nullptr;
    return card != nullptr && only_members(*card, {"ka_no", "ka_mi", "num"}) &&
           text_fits(*card, "ka_no", kind) && text_fits(*card, "ka_mi", kind) &&
           number_fits(*card, "num", kind);
}

class ma_send final : public taobao_method {
public:
    std::string_view name() const noexcept override { return "taobao.eticket.merchant.ma.send"; }
    bool needs_session() const noexcept override { return true; }
    bool locks_order() const noexcept override { return true; }
    std::span<const std::string_view> parameter_names() const noexcept override { return names; }

    std::string natural_key(const parameters& given) const override {
        const std::string_view type = argument(given, "biz_type");
        return std::string(argument(given, "outer_id")) + ":" +
               std::string(type.empty() ? "3001" : type);
    }

    std::optional<taobao_error> check(const parameters& given) const override {
        for (const char* required : {"outer_id", "token"}) {
            if (argument(given, required).empty()) {
                return missing_argument(required);
            }
        }
        if (!is_number_or_absent(given, "biz_type", 1, any_number)) {
            return invalid_argument("biz_type");
        }
        if (!is_number_or_absent(given, "certificate_type", 0, 1)) {
            return invalid_argument("certificate_type");
        }
        const std::string_view group = argument(given, "group_redeem");
        if (!group.empty() && group != "true" && group != "false") {
            return invalid_argument("group_redeem");
        }
        return check_certificates(given);
    }

    json::object success() const override { return answer("isv.success-all", "操作成功"); }

    taobao_outcome execute(
        const parameters& given, const taobao_app& app, effect_ledger& ledger, wall_time now
    ) const override {
        const std::string outer_id(argument(given, "outer_id"));
        if (auto refused = check_order(given, find_order(app, outer_id, {}))) {
            return {std::move(refused), {}, "refused"};
        }
        const std::string key = natural_key(given);
        if (!ledger.effects_of(name(), key).empty()) {
            return already_sent(app);
        }
        effect executed;
        executed.where = platform::taobao;
        executed.method = name();
        executed.natural_key = key;
        executed.payload_digest = business_digest(*this, given);
        executed.at = iso_time(now);
        executed.detail = {{"certificate_type", argument(given, "certificate_type")}};
        ledger.record(std::move(executed));
        return {std::nullopt, success(), "executed"};
    }

private:
    static std::optional<taobao_error> check_certificates(const parameters& given) {
        const bool cards = argument(given, "certificate_type") == "1";
        const char* required = cards ? "isv_ka_list" : "isv_ma_list";
        if (argument(given, required).empty()) {
            return missing_argument(required);
        }
        const std::string_view codes = argument(given, "isv_ma_list");
        if (!codes.empty() && !is_code_list(codes, cards ? list_kind::other : list_kind::needed)) {
            return invalid_argument("isv_ma_list");
        }
        const std::string_view card = argument(given, "isv_ka_list");
        if (!card.empty() && !is_card(card, cards ? list_kind::needed : list_kind::other)) {
            return invalid_argument("isv_ka_list");
        }
        return std::nullopt;
    }

    static std::optional<taobao_error> check_order(
        const parameters& given, const taobao_order* order
    ) {
        if (order == nullptr) {
            return std::nullopt;
        }
        if (order->missing) {
            return remote_error("isv.eticket-order-not-found:invalid-orderid", "订单不存在");
        }
        if (!order->token.empty() && order->token != argument(given, "token")) {
            return remote_error("isv.eticket-token-error:invalid-token", "token错误");
        }
        if (order->closed) {
            return remote_error(
                "isv.eticket-order-status-error:invalid-order-status", "订单状态错误"
            );
        }
        return std::nullopt;
    }

    // "alreay" is the platform's own misspelling.
    static taobao_outcome already_sent(const taobao_app& app) {
        const std::string code = "isv.eticket-send-error:code-alreay-send";
        if (app.already_sent == already_sent_field::ret_code) {
            return {std::nullopt, answer(code, "已经发码"), "already sent"};
        }
        return {remote_error(code, "已经发码"), {}, "already sent"};
    }

    static json::object answer(std::string_view code, std::string_view message) {
        return {
            {"resp_body", json::object{{"attribute_map", "{}"}}},
            {"ret_code", code},
            {"ret_msg", message},
        };
    }
};

}  // namespace

const taobao_method& taobao_ma_send() {
    static const ma_send method;
    return method;
}

}  // namespace simulator
