#include "simulator/alipay/method.hpp"

#include <array>
#include <utility>

namespace simulator {

alipay_result alipay_success() {
    return {.code = "10000", .sub_code = {}, .sub_msg = {}};
}

alipay_result business_failed(std::string sub_code, std::string sub_msg) {
    return {"40004", std::move(sub_code), std::move(sub_msg)};
}

std::string_view alipay_msg(std::string_view code) {
    constexpr std::pair<std::string_view, std::string_view> texts[] = {
        {"10000", "Success"},
        {"20000", "Service Currently Unavailable"},
        {"20001", "Insufficient Token Permissions"},
        {"40001", "Missing Required Arguments"},
        {"40002", "Invalid Arguments"},
        {"40003", "Insufficient Conditions"},
        {"40004", "Business Failed"},
        {"40005", "Call Limited"},
        {"40006", "Insufficient Permissions"},
    };
    for (const auto& [known, msg] : texts) {
        if (known == code) {
            return msg;
        }
    }
    return "Unknown";
}

std::span<const alipay_method* const> alipay_methods() {
    static const std::array<const alipay_method*, 2> all{
        &alipay_stock_use(), &alipay_certificate_download()
    };
    return all;
}

}  // namespace simulator
