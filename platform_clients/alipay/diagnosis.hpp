#pragma once

#include <optional>
#include <string_view>

#include "base/card_secret.hpp"
#include "base/redacted_text.hpp"

namespace gateway::alipay {

// Our string-to-sign beside the one the platform echoed when it refused the signature: the best
// diagnostic there is. Masked.
struct signature_comparison {
    base::redacted_text ours;
    base::redacted_text theirs;  // unescaped; empty: the answer holds none
    // Byte where the two part; absent: theirs is missing, or both are equal and the keys differ.
    std::optional<std::size_t> first_difference;
    base::redacted_text
        summary;  // for the log: the finding, the difference marked, then both texts
};

// `ours` is the string-to-sign in UTF-8, `sub_msg` the platform's message.
signature_comparison compare_signed_text(
    const base::card_secret& ours, std::string_view sub_msg, const base::masker& secrets
);

}  // namespace gateway::alipay
