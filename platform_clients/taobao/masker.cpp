#include "platform_clients/taobao/masker.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <iterator>
#include <vector>

#include "text/strict_json.hpp"

namespace gateway::taobao {
namespace {

std::size_t common_length(std::string_view a, std::string_view b) noexcept {
    return static_cast<std::size_t>(
        std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin()
    );
}

// Length of the longest of the sorted values that `text` starts with; 0 for none. A prefix of
// `text` is never greater than it, and whatever stands between the two shares the prefix: each step
// either hits or shortens.
std::size_t longest_match(const std::vector<std::string_view>& sorted, std::string_view text) {
    while (!text.empty()) {
        const auto after = std::upper_bound(sorted.begin(), sorted.end(), text);
        if (after == sorted.begin()) {
            return 0;
        }
        const auto candidate = *std::prev(after);
        if (text.starts_with(candidate)) {
            return candidate.size();
        }
        text = text.substr(0, common_length(text, candidate));
    }
    return 0;
}

// Values shorter than this count only where they stand alone: "1" is not hidden in "15".
constexpr std::size_t long_enough = 4;

bool is_word(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Length of the longest of the sorted short values that stands alone in `text` at `at`; 0 for none.
std::size_t lone_match(
    const std::vector<std::string_view>& sorted, std::string_view text, std::size_t at
) {
    if (sorted.empty() || (at > 0 && is_word(text[at - 1]) && is_word(text[at]))) {
        return 0;
    }
    for (std::size_t length = std::min(long_enough - 1, text.size() - at); length > 0; --length) {
        const auto end = at + length;
        const bool alone = end == text.size() || !is_word(text[end]) || !is_word(text[end - 1]);
        if (alone && std::binary_search(sorted.begin(), sorted.end(), text.substr(at, length))) {
            return length;
        }
    }
    return 0;
}

void mask_strings(boost::json::value& value, std::span<const std::string> values) {
    if (auto* object = value.if_object()) {
        for (auto& member : *object) {
            mask_strings(member.value(), values);
        }
    } else if (auto* array = value.if_array()) {
        for (auto& element : *array) {
            mask_strings(element, values);
        }
    } else if (const auto* text = value.if_string()) {
        value = masked({text->data(), text->size()}, values);
    }
}

std::vector<std::string_view> sorted_if(std::span<const std::string> values, auto wanted) {
    std::vector<std::string_view> chosen(values.begin(), values.end());
    std::erase_if(chosen, [&](auto value) { return !wanted(value.size()); });
    std::sort(chosen.begin(), chosen.end());
    return chosen;
}

}  // namespace

std::string masked(std::string_view text, std::span<const std::string> values) {
    const auto longer = sorted_if(values, [](auto size) { return size >= long_enough; });
    const auto shorter =
        sorted_if(values, [](auto size) { return size > 0 && size < long_enough; });
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        auto hit = longest_match(longer, text.substr(at));
        if (hit == 0) {
            hit = lone_match(shorter, text, at);
        }
        if (hit > 0) {
            out += "***";
            at += hit;
        } else {
            out += text[at++];
        }
    }
    return out;
}

std::string masked_strings(std::string_view json_object, std::span<const std::string> values) {
    auto value = text::parse_strict(json_object);
    if (!value) {
        return {};
    }
    mask_strings(*value, values);
    return boost::json::serialize(*value);
}

}  // namespace gateway::taobao
