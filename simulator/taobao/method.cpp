#include "simulator/taobao/method.hpp"

#include <algorithm>
#include <array>

#include "simulator/digest.hpp"

namespace simulator {

taobao_error missing_argument(std::string_view name) {
    return {40, "Missing required arguments:" + std::string(name), {}, {}};
}

taobao_error invalid_argument(std::string_view name) {
    return {41, "Invalid arguments:" + std::string(name), {}, {}};
}

taobao_error remote_error(std::string sub_code, std::string sub_msg) {
    return {15, "Remote service error", std::move(sub_code), std::move(sub_msg)};
}

std::span<const taobao_method* const> taobao_methods() {
    static const std::array<const taobao_method*, 2> all{&taobao_ma_send(), &taobao_order_verify()};
    return all;
}

std::string business_digest(const taobao_method& method, const parameters& given) {
    std::string joined;
    for (const auto& [name, value] : given) {
        if (std::ranges::find(method.parameter_names(), name) != method.parameter_names().end()) {
            joined += name + "=" + value + "\n";
        }
    }
    return lower_hex(hash(digest::sha256, joined));
}

const taobao_order* find_order(
    const taobao_app& app, std::string_view id, std::string_view out_id
) {
    const auto found = std::ranges::find_if(app.orders, [&](const taobao_order& order) {
        return (!id.empty() && order.id == id) || (!out_id.empty() && order.out_order_id == out_id);
    });
    return found == app.orders.end() ? nullptr : &*found;
}

}  // namespace simulator
