#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <string_view>

#include "base/redacted_text.hpp"
#include "platform_clients/alipay/answer.hpp"
#include "platform_clients/alipay/error_table.hpp"
#include "redemption/platform_method.hpp"

namespace gateway::alipay {

// A method's reading of the node of a success.
struct success_reading {
    enum redemption::verdict verdict = redemption::verdict::ambiguous;
    base::fixed_text detail = "";  // one sentence unless executed
    std::string result;  // JSON object text of the platform's own response fields, when executed
};

// One Alipay method's part of the protocol. Stateless. The business content of every attempt is
// terms::params, byte for byte.
class client_method : public redemption::platform_method {
public:
    redemption::platform_kind platform() const noexcept final {
        return redemption::platform_kind::alipay;
    }
    // Members of the parameters whose values are never shown.
    virtual std::span<const std::string_view> secret_members() const noexcept = 0;
    // The method's own sub codes, under 40004.
    virtual std::span<const sub_code_rule> business_codes() const noexcept = 0;
    // The member that holds an answer: the method's name with underscores (open platform docs,
    // "响应参数").
    virtual std::string response_node() const;
    // Whether the node claims that the call succeeded: code 10000.
    virtual bool is_success(const node_content& node) const noexcept;
    // Judges a signed success. `ambiguous_before`: an earlier attempt of the same redemption may
    // have been executed.
    virtual success_reading read_success(const boost::json::object& node, bool ambiguous_before)
        const = 0;
};

// The outcome of an answer, judged by the method. Nothing of what the platform said is kept but
// through `secrets`.
redemption::attempt_outcome judge(
    const client_method& method,
    const answer& what,
    bool ambiguous_before,
    const base::masker& secrets
);

// Why an answer is not trusted; nothing: it is.
std::optional<base::redacted_text> why_not_trusted(const client_method& method, const answer& what);

}  // namespace gateway::alipay
