#include "platform_clients/alipay/diagnosis.hpp"

#include <algorithm>

#include "platform_clients/alipay/masker.hpp"

namespace gateway::alipay {
namespace {

using base::fixed_text;
using base::redacted_text;

constexpr std::size_t context_bytes = 24;

bool is_name_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Length of the parameters at the end of `message` that we didn't send: `alipay_sdk=x&`.
std::size_t unsent_before(std::string_view message) {
    auto begin = message.size();
    while (begin > 0 && message[begin - 1] > ' ' && message[begin - 1] <= '~') {
        --begin;
    }
    auto name = message.find('=', begin);
    if (name == std::string_view::npos || !message.ends_with('&')) {
        return 0;
    }
    while (name > begin && is_name_character(message[name - 1])) {
        --name;
    }
    return message.size() - name;
}

// The echoed string begins with a parameter name of ours, though not always our first one: the
// difference may be a parameter that only one side has.
std::string_view echoed_in(std::string_view message, std::string_view ours) {
    auto begin = message.size();
    for (std::size_t at = 0; at < ours.size();) {
        const auto equals = ours.find('=', at);
        if (equals == std::string_view::npos) {
            break;
        }
        const auto name = ours.substr(at, equals + 1 - at);
        const auto found = message.find(name);
        if (found != std::string_view::npos &&
            (found == 0 || !is_name_character(message[found - 1]))) {
            begin = std::min(begin, found);
        }
        const auto ampersand = ours.find('&', equals);
        at = ampersand == std::string_view::npos ? ours.size() : ampersand + 1;
    }
    return message.substr(begin - unsent_before(message.substr(0, begin)));
}

// The parameter that holds the byte.
redacted_text parameter_at(const redacted_text& text, std::size_t at) {
    const auto all = text.view();
    const auto before = all.substr(0, std::min(at, all.size()));
    const auto ampersand = before.rfind('&');
    const auto begin = ampersand == std::string_view::npos ? 0 : ampersand + 1;
    return text.part(begin, all.find('=', begin) - begin);
}

// The byte at `at`, or the first of the UTF-8 character it belongs to.
std::size_t character_start(std::string_view text, std::size_t at) noexcept {
    while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
        --at;
    }
    return std::min(at, text.size());
}

// Some text around the place, with the place marked.
redacted_text marked(const redacted_text& text, std::size_t place) {
    const auto at = character_start(text, place);
    const auto begin = character_start(text, at > context_bytes ? at - context_bytes : 0);
    const auto end = character_start(text, at + context_bytes);
    redacted_text out;
    if (begin > 0) {
        out = "…";
    }
    out += text.part(begin, at - begin) + fixed_text(">>>") + text.part(at, end - at);
    return end < text.view().size() ? out + fixed_text("…") : out;
}

// Nothing if the platform's text begins with all of ours: more text may follow.
std::optional<std::size_t> difference(std::string_view ours, std::string_view theirs) {
    const auto at = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end()).first;
    return at == ours.end() ? std::nullopt
                            : std::optional(static_cast<std::size_t>(at - ours.begin()));
}

redacted_text difference_text(const signature_comparison& masked, std::size_t at) {
    return fixed_text("Alipay verified another text than we signed; first difference at byte ") +
           redacted_text::number(at) + fixed_text(" in ") + parameter_at(masked.ours, at) +
           fixed_text(": ours \"") + marked(masked.ours, at) + fixed_text("\", theirs \"") +
           marked(masked.theirs, at) + fixed_text("\"");
}

}  // namespace

signature_comparison compare_signed_text(
    const base::card_secret& signed_text, std::string_view sub_msg, const base::masker& secrets
) {
    const auto ours = signed_text.reveal();
    const auto message = html_unescaped(sub_msg);
    const auto theirs = echoed_in(message, ours);
    signature_comparison result;
    result.ours = secrets.masked(ours);
    result.theirs = secrets.masked(theirs);
    if (theirs.empty()) {
        result.summary = "Alipay refused the signature without saying what it verified";
    } else {
        result.first_difference = difference(ours, theirs);
        result.summary =
            "Alipay refused the signature over the very same text: the public key registered for "
            "the app does not belong to the configured private key, or sign_type differs";
        if (result.first_difference) {
            result.summary = difference_text(result, *result.first_difference);
        }
        result.summary += fixed_text("; theirs: ") + result.theirs;
    }
    result.summary += fixed_text("; ours: ") + result.ours;
    return result;
}

}  // namespace gateway::alipay
