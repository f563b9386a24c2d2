#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <string_view>

#include "platform_clients/alipay/outcome.hpp"
#include "redemption/platform_method.hpp"

namespace gateway::alipay {

// What a node with code 10000 and a valid signature means.
struct success_reading {
    enum redemption::verdict verdict = redemption::verdict::ambiguous;
    base::fixed_text detail = "";  // one sentence unless executed
    std::string result;  // JSON object text of the platform's own response fields, when executed
};

// What the Alipay client needs of a method beside the core's view. The business content of every
// attempt is terms::params, byte for byte.
class alipay_method : public redemption::platform_method {
public:
    redemption::platform_kind platform() const noexcept final {
        return redemption::platform_kind::alipay;
    }
    // Members of the parameters whose values are never shown.
    virtual std::span<const std::string_view> secret_members() const noexcept = 0;
    // The method's own sub codes, under 40004.
    virtual std::span<const sub_code_rule> business_codes() const noexcept = 0;
    virtual success_reading read_success(const boost::json::object& node) const = 0;
};

}  // namespace gateway::alipay
