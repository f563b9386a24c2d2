#include "platform_clients/taobao/masker.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <iterator>

#include "text/presentable_text.hpp"
#include "text/strict_json.hpp"
#include "text/url_encoding.hpp"

namespace gateway::taobao {
namespace {

using secrets = std::vector<base::card_secret>;

// Values shorter than this count only where they stand alone: "1" is not hidden in "15".
constexpr std::size_t long_enough = 4;

constexpr auto by_bytes = [](const auto& a, const auto& b) {
    constexpr auto bytes_of = [](const auto& one) -> std::string_view {
        if constexpr (requires { one.reveal(); }) {
            return one.reveal();
        } else {
            return one;
        }
    };
    return bytes_of(a) < bytes_of(b);
};

std::size_t common_length(std::string_view a, std::string_view b) noexcept {
    return static_cast<std::size_t>(
        std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin()
    );
}

// Length of the longest of the sorted values that `text` starts with; 0 for none. A prefix of
// `text` is never greater than it, and whatever is between the two shares the prefix: each step
// either hits or shortens.
std::size_t longest_match(const secrets& sorted, std::string_view text) {
    while (!text.empty()) {
        const auto after = std::upper_bound(sorted.begin(), sorted.end(), text, by_bytes);
        if (after == sorted.begin()) {
            return 0;
        }
        const auto candidate = std::prev(after)->reveal();
        if (text.starts_with(candidate)) {
            return candidate.size();
        }
        text = text.substr(0, common_length(text, candidate));
    }
    return 0;
}

bool is_word(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Length of the longest of the sorted short values that is alone in `text` at `at`; 0 for none.
std::size_t lone_match(const secrets& sorted, std::string_view text, std::size_t at) {
    if (sorted.empty() || (at > 0 && is_word(text[at - 1]) && is_word(text[at]))) {
        return 0;
    }
    for (std::size_t length = std::min(long_enough - 1, text.size() - at); length > 0; --length) {
        const auto end = at + length;
        const bool alone = end == text.size() || !is_word(text[end]) || !is_word(text[end - 1]);
        const auto part = text.substr(at, length);
        if (alone && std::binary_search(sorted.begin(), sorted.end(), part, by_bytes)) {
            return length;
        }
    }
    return 0;
}

template <class Hide>
void replace_strings(boost::json::value& value, const Hide& hide) {
    if (auto* object = value.if_object()) {
        for (auto& member : *object) {
            replace_strings(member.value(), hide);
        }
    } else if (auto* array = value.if_array()) {
        for (auto& element : *array) {
            replace_strings(element, hide);
        }
    } else if (const auto* text = value.if_string()) {
        value = hide({text->data(), text->size()});
    }
}

std::vector<std::string> spellings_of(std::string_view secret) {
    std::vector<std::string> all{std::string(secret)};
    const auto quoted = boost::json::serialize(boost::json::string(secret));
    for (auto& spelled : {quoted.substr(1, quoted.size() - 2), text::form_encode(secret)}) {
        if (spelled != secret) {
            all.push_back(spelled);
        }
    }
    return all;
}

}  // namespace

masker::masker(const std::vector<base::card_secret>& secrets) {
    for (const auto& secret : secrets) {
        if (secret.empty()) {
            continue;
        }
        for (auto& spelled : spellings_of(secret.reveal())) {
            auto& into = spelled.size() < long_enough ? shorter_ : longer_;
            into.emplace_back(std::move(spelled));
        }
    }
    std::sort(longer_.begin(), longer_.end(), by_bytes);
    std::sort(shorter_.begin(), shorter_.end(), by_bytes);
}

std::string masker::hidden(std::string_view text) const {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        auto hit = longest_match(longer_, text.substr(at));
        if (hit == 0) {
            hit = lone_match(shorter_, text, at);
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

base::redacted_text masker::masked(std::string_view text) const {
    return redacted(hidden(text));
}

base::redacted_text masker::readable(std::string_view text, std::size_t bytes) const {
    return redacted(text::presentable(hidden(text), bytes));
}

std::string masker::masked_strings(std::string_view json_object) const {
    auto value = text::parse_strict(json_object);
    if (!value) {
        return {};
    }
    replace_strings(*value, [this](std::string_view text) { return hidden(text); });
    return boost::json::serialize(*value);
}

}  // namespace gateway::taobao
