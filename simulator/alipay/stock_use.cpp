#include <algorithm>
#include <boost/json/array.hpp>

#include "simulator/alipay/method.hpp"
#include "simulator/digest.hpp"

// alipay.marketing.voucher.stock.use redeems one external voucher code, once. The platform does not
// document the answer to a repeated out_biz_no, so the application's settings or a fault choose it.
// All applications share one merchant's codes.

namespace simulator {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_value = 128;

std::string text(const json::object& biz, std::string_view name) {
    const auto* value = biz.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string{};
}

bool letters_and_digits(std::string_view value) {
    return std::ranges::all_of(value, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
}

bool well_formed(const json::object& biz) {
    const std::string entity = text(biz, "entity_no");
    const std::string number = text(biz, "out_biz_no");
    return biz.size() == 2 && !entity.empty() && entity.size() <= longest_value &&
           !number.empty() && number.size() <= longest_value && letters_and_digits(number);
}

bool lists(const std::vector<std::string>& list, const std::string& entry) {
    return std::ranges::find(list, entry) != list.end();
}

// Derives 28 digits from the code, so that each code has its own number.
std::string voucher_id(const std::string& entity_no) {
    std::string id = "01";
    for (const char c : hash(digest::sha256, entity_no)) {
        id.push_back(static_cast<char>('0' + static_cast<unsigned char>(c) % 10));
    }
    id.resize(28);
    return id;
}

json::object redeemed(const std::string& entity_no) {
    return {{"voucher_id", voucher_id(entity_no)}};
}

class stock_use final : public alipay_method {
public:
    std::string_view name() const noexcept override { return "alipay.marketing.voucher.stock.use"; }

    std::string natural_key(const json::object& biz) const override {
        return text(biz, "out_biz_no");
    }

    json::object success(const json::object& biz) const override {
        return redeemed(text(biz, "entity_no"));
    }

    alipay_outcome execute(const json::object& biz, alipay_context context) const override {
        if (!well_formed(biz)) {
            return refuse("REQUEST_PARAM_ILLEGAL", "请求参数非法");
        }
        const std::string entity = text(biz, "entity_no");
        const alipay_app& app = context.credentials.app;
        const auto earlier = context.ledger.effects_of(name(), natural_key(biz));
        if (!earlier.empty()) {
            return repeated(*earlier.front(), entity, context);
        }
        if (lists(app.unknown_entities, entity)) {
            return refuse("REQUEST_PARAM_ILLEGAL", "请求参数非法");
        }
        if (lists(app.expired_entities, entity)) {
            return refuse("VOUCHER_HAS_EXPIRED", "券已过期");
        }
        if (context.ledger.effect_using(name(), entity) != nullptr) {
            return refuse(app.used_entity_sub_code, "券码已核销");
        }
        record(biz, entity, context);
        return {alipay_success(), redeemed(entity), "executed"};
    }

private:
    static alipay_outcome refuse(std::string sub_code, std::string sub_msg) {
        return {business_failed(std::move(sub_code), std::move(sub_msg)), {}, "refused"};
    }

    static alipay_outcome repeated(
        const effect& first, const std::string& entity, const alipay_context& context
    ) {
        if (first.resource != entity) {
            return refuse("REQUEST_PARAM_ILLEGAL", "外部业务号已用于其他券码");
        }
        switch (context.duplicates) {
            case duplicate_answer::replay:
                break;
            case duplicate_answer::error:
                return {
                    business_failed(context.credentials.app.duplicate_sub_code, "重复的请求"),
                    {},
                    "repeated"
                };
            case duplicate_answer::empty:
                return {alipay_success(), {{"voucher_id", ""}}, "repeated"};
        }
        return {alipay_success(), redeemed(entity), "replayed"};
    }

    void record(const json::object& biz, const std::string& entity, const alipay_context& context)
        const {
        effect executed;
        executed.where = platform::alipay;
        executed.method = name();
        executed.natural_key = natural_key(biz);
        executed.resource = entity;
        executed.payload_digest = lower_hex(hash(digest::sha256, entity + "\n" + natural_key(biz)));
        executed.at = iso_time(context.now);
        executed.detail = {
            {"app_id", context.credentials.app.app_id}, {"voucher_id", voucher_id(entity)}
        };
        context.ledger.record(std::move(executed));
    }
};

}  // namespace

const alipay_method& alipay_stock_use() {
    static const stock_use method;
    return method;
}

}  // namespace simulator
