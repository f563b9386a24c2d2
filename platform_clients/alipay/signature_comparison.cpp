#include "platform_clients/alipay/signature_comparison.hpp"

#include <algorithm>

namespace gateway::alipay {
namespace {

constexpr std::size_t context_bytes = 24;

bool is_name_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Length of the parameters at the end of `words` that we didn't send: `alipay_sdk=x&`.
std::size_t unsent_before(std::string_view words) {
    auto begin = words.size();
    while (begin > 0 && words[begin - 1] > ' ' && words[begin - 1] <= '~') {
        --begin;
    }
    auto name = words.find('=', begin);
    if (name == std::string_view::npos || !words.ends_with('&')) {
        return 0;
    }
    while (name > begin && is_name_character(words[name - 1])) {
        --name;
    }
    return words.size() - name;
}

// The echoed string begins with a parameter name of ours, though not always our first one: the
// difference may be a parameter that only one side has.
std::string_view echoed_in(std::string_view words, std::string_view ours) {
    auto begin = words.size();
    for (std::size_t at = 0; at < ours.size();) {
        const auto equals = ours.find('=', at);
        if (equals == std::string_view::npos) {
            break;
        }
        const auto name = ours.substr(at, equals + 1 - at);
        const auto found = words.find(name);
        if (found != std::string_view::npos &&
            (found == 0 || !is_name_character(words[found - 1]))) {
            begin = std::min(begin, found);
        }
        const auto ampersand = ours.find('&', equals);
        at = ampersand == std::string_view::npos ? ours.size() : ampersand + 1;
    }
    return words.substr(begin - unsent_before(words.substr(0, begin)));
}

// The parameter in whose text the byte stands.
std::string_view parameter_at(std::string_view text, std::size_t at) {
    const auto before = text.substr(0, std::min(at, text.size()));
    const auto ampersand = before.rfind('&');
    const auto begin = ampersand == std::string_view::npos ? 0 : ampersand + 1;
    return text.substr(begin, text.find('=', begin) - begin);
}

// The byte at `at`, or the first of the UTF-8 character it belongs to.
std::size_t character_start(std::string_view text, std::size_t at) noexcept {
    while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
        --at;
    }
    return std::min(at, text.size());
}

// Some text around the place, with the place marked.
std::string marked(std::string_view text, std::size_t place) {
    const auto at = character_start(text, place);
    const auto begin = character_start(text, at > context_bytes ? at - context_bytes : 0);
    const auto end = character_start(text, at + context_bytes);
    std::string out = begin > 0 ? "…" : "";
    out += text.substr(begin, at - begin);
    out += ">>>";
    out += text.substr(at, end - at);
    return out + (end < text.size() ? "…" : "");
}

// Nothing if the platform's text begins with all of ours: words of its own may follow.
std::optional<std::size_t> difference(std::string_view ours, std::string_view theirs) {
    const auto at = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end()).first;
    return at == ours.end() ? std::nullopt
                            : std::optional(static_cast<std::size_t>(at - ours.begin()));
}

std::string difference_text(const signature_comparison& masked, std::size_t at) {
    return "Alipay verified another text than we signed; first difference at byte " +
           std::to_string(at) + " in " + std::string(parameter_at(masked.ours, at)) + ": ours \"" +
           marked(masked.ours, at) + "\", theirs \"" + marked(masked.theirs, at) + "\"";
}

}  // namespace

signature_comparison compare_signed_text(
    std::string_view ours, std::string_view sub_msg, const secrecy& secrets
) {
    const auto words = html_unescaped(sub_msg);
    const auto theirs = echoed_in(words, ours);
    signature_comparison result;
    result.ours = secrets.masked(ours);
    result.theirs = secrets.masked(theirs);
    if (theirs.empty()) {
        result.summary = "Alipay refused the signature without saying what it verified";
    } else {
        result.first_difference = difference(ours, theirs);
        result.summary = result.first_difference
                             ? difference_text(result, *result.first_difference)
                             : "Alipay refused the signature over the very same text: the public "
                               "key registered for the app does not belong to the configured "
                               "private key, or sign_type differs";
        result.summary += "; theirs: " + result.theirs;
    }
    result.summary += "; ours: " + result.ours;
    return result;
}

}  // namespace gateway::alipay
