#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/card_secret.hpp"
#include "platform_clients/taobao/answer.hpp"
#include "platform_clients/taobao/error_table.hpp"
#include "platform_clients/taobao/request.hpp"
#include "redemption/platform_method.hpp"

namespace gateway::taobao {

// One call's own part of the form, in the platform's types.
struct call_form {
    parameter_list fields;
    std::vector<base::card_secret> secrets;  // the fields that are
};

// One TOP method's part of the protocol. Stateless.
class client_method : public redemption::platform_method {
public:
    redemption::platform_kind platform() const noexcept final {
        return redemption::platform_kind::taobao;
    }
    bool needs_session() const noexcept override = 0;
    // The form of what read() completed (terms::params); nothing when the text is not that.
    virtual std::optional<call_form> form(const redemption::params_text& params) const = 0;
    // The sub codes that only this method's errors use. One that is in neither these nor the
    // protocol's rules is ambiguous (docs/redemption-rules.md, Taobao order.verify).
    virtual std::span<const sub_code_rule> business_codes() const noexcept = 0;
    // What the method's response fields say. `ambiguous_before`: an earlier attempt of the same
    // redemption may have been executed.
    virtual redemption::attempt_outcome judge_result(
        const result_answer& result, bool ambiguous_before, const base::masker& secrets
    ) const = 0;
    // What an error means; by the rules, unless the method knows better.
    virtual redemption::attempt_outcome judge_error(
        const error_answer& error, bool ambiguous_before, const base::masker& secrets
    ) const;
};

// The part of an answer that says what it came to, judged by the method. Nothing of what the
// platform said is kept but through `secrets`.
redemption::attempt_outcome judge(
    const client_method& method,
    const answer& what,
    bool ambiguous_before,
    const base::masker& secrets
);

}  // namespace gateway::taobao
