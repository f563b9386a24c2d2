#include "platform_clients/taobao/mask.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

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

}  // namespace

std::string masked(std::string_view text, std::span<const std::string> values) {
    std::vector<std::string_view> sorted(values.begin(), values.end());
    std::erase_if(sorted, [](auto value) { return value.empty(); });
    std::sort(sorted.begin(), sorted.end());
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto hit = longest_match(sorted, text);
        if (hit > 0) {
            out += "***";
            text.remove_prefix(hit);
        } else {
            out += text.front();
            text.remove_prefix(1);
        }
    }
    return out;
}

std::string clipped(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) {
        return std::string(text);
    }
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) {
        --bytes;
    }
    return std::string(text.substr(0, bytes));
}

}  // namespace gateway::taobao
