#include <boost/json/array.hpp>
#include <limits>
#include <map>

#include "simulator/taobao/arguments.hpp"
#include "simulator/taobao/method.hpp"

// taobao.travel.ticket.order.verify reports used tickets of an order. write_off_type 0 adds to the
// quantity used before; type 1 gives the running total, which must never fall.

namespace simulator {

namespace json = boost::json;

namespace {

constexpr std::string_view names[] = {
    "check_num",
    "confirm_code",
    "order_id",
    "out_order_id",
    "return_num",
    "total_num",
    "voucher_infos",
    "write_off_type",
};
constexpr std::size_t longest_voucher_list = 999;
constexpr std::int64_t any_number = std::numeric_limits<std::int64_t>::max();
// The limit for one code in one call keeps every sum within 64 bits.
constexpr std::int64_t most_tickets = 1'000'000;

using quantities = std::map<std::string, std::int64_t>;  // by confirm code

bool is_voucher(const json::object& voucher) {
    if (!only_members(voucher, {"confirm_code", "used_quantity", "used_date"}) ||
        !has_text(voucher, "confirm_code") ||
        !has_number(voucher, "used_quantity", 1, most_tickets)) {
        return false;
    }
    const auto* date = voucher.if_contains("used_date");
    return date == nullptr ||
           (date->is_string() && parse_platform_time(date->get_string()).has_value());
}

bool is_voucher_list(std::string_view text) {
    const auto value = json_argument(text);
    if (!value || !value->is_array()) {
        return false;
    }
    const json::array& vouchers = value->get_array();
    if (vouchers.empty() || vouchers.size() > longest_voucher_list) {
        return false;
    }
    for (const auto& item : vouchers) {
        if (!item.is_object() || !is_voucher(item.get_object())) {
            return false;
        }
    }
    return true;
}

// Requires checked parameters.
quantities used_now(const parameters& given) {
    quantities used;
    const std::string_view list = argument(given, "voucher_infos");
    if (list.empty()) {
        used[std::string(argument(given, "confirm_code"))] =
            number_argument(argument(given, "check_num")).value_or(0);
        return used;
    }
    const auto vouchers = json_argument(list);
    for (const auto& item : vouchers->as_array()) {
        const std::string code(item.at("confirm_code").as_string());
        used[code] += item.at("used_quantity").as_int64();
    }
    return used;
}

quantities used_before(const std::vector<const effect*>& effects) {
    quantities used;
    for (const effect* one : effects) {
        for (const auto& total : one->detail.at("totals").as_object()) {
            used[std::string(total.key())] = total.value().as_int64();
        }
    }
    return used;
}

std::int64_t sum(const quantities& all) {
    std::int64_t total = 0;
    for (const auto& [code, quantity] : all) {
        total += quantity;
    }
    return total;
}

std::int64_t allowed(const parameters& given, const taobao_order* order) {
    if (order != nullptr && order->total_num) {
        return *order->total_num;
    }
    return number_argument(argument(given, "total_num")).value_or(any_number);
}

class order_verify final : public taobao_method {
public:
    std::string_view name() const noexcept override { return "taobao.travel.ticket.order.verify"; }
    bool needs_session() const noexcept override { return false; }
    bool locks_order() const noexcept override { return false; }
    std::span<const std::string_view> parameter_names() const noexcept override { return names; }

    std::string natural_key(const parameters& given) const override {
        const std::string_view id = argument(given, "order_id");
        return std::string(id.empty() ? argument(given, "out_order_id") : id);
    }

    std::optional<taobao_error> check(const parameters& given) const override {
        if (natural_key(given).empty()) {
            return missing_argument("order_id");
        }
        if (!is_number_or_absent(given, "check_num", 0, most_tickets)) {
            return invalid_argument("check_num");
        }
        for (const char* number : {"order_id", "return_num", "total_num"}) {
            if (!is_number_or_absent(given, number, 0, any_number)) {
                return invalid_argument(number);
            }
        }
        if (!is_number_or_absent(given, "write_off_type", 0, 1)) {
            return invalid_argument("write_off_type");
        }
        const std::string_view vouchers = argument(given, "voucher_infos");
        if (vouchers.empty() && argument(given, "check_num").empty()) {
            return missing_argument("voucher_infos");
        }
        if (!vouchers.empty() && !is_voucher_list(vouchers)) {
            return invalid_argument("voucher_infos");
        }
        return std::nullopt;
    }

    json::object success() const override { return {{"is_success", true}}; }

    taobao_outcome execute(
        const parameters& given, const taobao_app& app, effect_ledger& ledger, wall_time now
    ) const override {
        const auto* order =
            find_order(app, argument(given, "order_id"), argument(given, "out_order_id"));
        const std::string key = order != nullptr ? order->id : natural_key(given);
        if (order != nullptr && (order->missing || order->closed)) {
            return refuse("isv.invalid-parameter", "订单不存在或状态错误");
        }
        const bool cumulative = argument(given, "write_off_type") == "1";
        const quantities before = used_before(ledger.effects_of(name(), key));
        quantities after = before;
        for (const auto& [code, quantity] : used_now(given)) {
            std::int64_t& total = after[code];
            if (cumulative && quantity < total) {
                return refuse("isv.invalid-parameter", "核销总数不能减少");
            }
            total = cumulative ? quantity : total + quantity;
        }
        if (sum(after) > allowed(given, order)) {
            return refuse("isv.invalid-parameter", "核销数量超限");
        }
        if (cumulative && after == before) {
            return {std::nullopt, success(), "replayed"};
        }
        record(key, given, after, ledger, now);
        return {std::nullopt, success(), "executed"};
    }

private:
    static taobao_outcome refuse(const char* sub_code, const char* sub_msg) {
        return {remote_error(sub_code, sub_msg), {}, "refused"};
    }

    void record(
        const std::string& key,
        const parameters& given,
        const quantities& after,
        effect_ledger& ledger,
        wall_time now
    ) const {
        json::object totals;
        for (const auto& [code, quantity] : after) {
            totals[code] = quantity;
        }
        effect executed;
        executed.where = platform::taobao;
        executed.method = name();
        executed.natural_key = key;
        executed.payload_digest = business_digest(*this, given);
        executed.at = iso_time(now);
        executed.detail = {
            {"write_off_type", argument(given, "write_off_type")}, {"totals", std::move(totals)}
        };
        ledger.record(std::move(executed));
    }
};

}  // namespace

const taobao_method& taobao_order_verify() {
    static const order_verify method;
    return method;
}

}  // namespace simulator
