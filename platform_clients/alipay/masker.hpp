#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/card_secret.hpp"
#include "base/redacted_text.hpp"
#include "redemption/model.hpp"

namespace gateway::alipay {

// `&amp; &quot; &lt; &gt; &#39; &apos;` back to characters, once: the platform escapes the
// string-to-sign it echoes.
std::string html_unescaped(std::string_view text);

// Hides the secrets of one request: values, and members whose values are hidden wherever they are
// (one that the platform misread, by charset say, no longer equals the value).
class masker final : public base::masker {
public:
    // The members' values in `params`, and `tokens` beside them.
    masker(
        std::span<const std::string_view> members,
        const redemption::params_text& params,
        std::initializer_list<std::string_view> tokens
    );

    // Secrets as asterisks of the same length, so that positions stay comparable.
    base::redacted_text masked(std::string_view text) const override;
    // A platform's message for people: unescaped, masked, then made presentable.
    base::redacted_text readable(std::string_view text, std::size_t bytes) const override;

private:
    std::string hidden(std::string_view text) const;

    std::vector<std::string> members_;
    std::vector<base::card_secret> values_;  // each as it is, as JSON and as a form spell it
};

}  // namespace gateway::alipay
