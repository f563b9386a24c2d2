#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::alipay {

// `&amp; &quot; &lt; &gt; &#39; &apos;` back to characters, once: the platform escapes the
// string-to-sign it echoes.
std::string html_unescaped(std::string_view text);

// What must not show in logs, evidence and problems: values, and members whose values are hidden
// wherever they stand (one that the platform misread, by charset say, no longer equals the value).
class secrecy {
public:
    // The members' values in `params` (JSON object text), and `tokens` beside them.
    secrecy(
        std::span<const std::string_view> members,
        std::string_view params,
        std::vector<std::string> tokens
    );

    // Secrets as asterisks of the same length, so that positions stay comparable.
    std::string masked(std::string_view text) const;
    // A platform's words for people: unescaped, masked, then made presentable.
    std::string readable(std::string_view text, std::size_t bytes) const;

private:
    std::vector<std::string> members_;
    std::vector<std::string> values_;  // each as it is, as JSON and as a form spell it
};

}  // namespace gateway::alipay
