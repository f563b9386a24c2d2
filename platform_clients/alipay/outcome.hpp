#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/redacted_text.hpp"
#include "platform_clients/alipay/answer.hpp"
#include "redemption/platform_method.hpp"

namespace gateway::alipay {

// What an error answer means for a redemption (contract §4).
enum class meaning : std::uint8_t {
    refused,            // a final no
    not_executed,       // proven; may be sent again
    not_executed_once,  // the same, but a second time it is a fault of ours
    account_fault,      // the app, its keys or its permissions: nobody's redemption's fault
    ambiguous,          // may have happened
};

struct sub_code_rule {
    std::string_view sub_code;  // in the form normalised() gives
    meaning means;
};

// Upper case, `-` as `_`, without the prefixes isv. isp. aop. ACQ.: the platform spells one code
// in several ways.
std::string normalised(std::string_view sub_code);

// The `CODE` of a sub_msg that begins with `CODE|`, or has it behind a Chinese prefix; normalised.
std::optional<std::string> code_in_message(std::string_view sub_msg);

// What the error of a verified answer means; `business` are the method's own codes.
meaning meaning_of(const node_content& error, std::span<const sub_code_rule> business);

// True for errors that the platform can only send unsigned, because it knows no key to sign with
// for that app. Every other unsigned error proves nothing.
bool can_only_be_unsigned(const node_content& error);

// A platform's answer as the core takes it, without what only a success has. Nothing that
// `secrets` covers shows in it.
redemption::attempt_outcome outcome_of_error(
    const node_content& error, meaning means, const base::masker& secrets
);
redemption::attempt_outcome outcome_of_unsigned(
    const node_content& error, std::span<const sub_code_rule> business, const base::masker& secrets
);
// An answer that can't be believed or read.
redemption::attempt_outcome outcome_of_unusable(const base::redacted_text& reason);

}  // namespace gateway::alipay
