#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/card_secret.hpp"
#include "base/redacted_text.hpp"

namespace gateway::taobao {

// Hides the secrets of one call, each as it is and as JSON and a form spell it, behind `***`. The
// longest that fits goes first, so that a secret inside another leaves no rest. Secrets of up to
// three bytes are hidden only where they are alone.
class masker final : public base::masker {
public:
    explicit masker(const std::vector<base::card_secret>& secrets);

    base::redacted_text masked(std::string_view text) const override;
    // Masked before it is cut, so that no half of a code is left at the end.
    base::redacted_text readable(std::string_view text, std::size_t bytes) const override;
    // JSON object text with the strings in it masked; numbers and names stay.
    std::string masked_strings(std::string_view json_object) const;

private:
    std::string hidden(std::string_view text) const;

    // Sorted, so that one search finds the longest that a text begins with.
    std::vector<base::card_secret> longer_;
    std::vector<base::card_secret> shorter_;
};

}  // namespace gateway::taobao
