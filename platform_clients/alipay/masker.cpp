#include "platform_clients/alipay/masker.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "text/presentable_text.hpp"
#include "text/strict_json.hpp"
#include "text/url_encoding.hpp"

namespace gateway::alipay {
namespace {

void hide(std::string& text, std::size_t begin, std::size_t end) {
    std::fill(
        text.begin() + static_cast<std::ptrdiff_t>(begin),
        text.begin() + static_cast<std::ptrdiff_t>(end),
        '*'
    );
}

void hide_each(std::string& text, std::string_view secret) {
    for (auto at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + secret.size())) {
        hide(text, at, at + secret.size());
    }
}

// Where the JSON string around `begin` ends: at its closing quote, or with the text.
std::size_t string_end(std::string_view text, std::size_t begin) {
    auto at = begin;
    while (at < text.size() && text[at] != '"') {
        at += text[at] == '\\' ? 2 : 1;
    }
    return std::min(at, text.size());
}

void hide_member(std::string& text, const std::string& name) {
    const auto opening = '"' + name + "\":\"";
    for (auto at = text.find(opening); at != std::string::npos; at = text.find(opening, at)) {
        at += opening.size();
        const auto end = string_end(text, at);
        hide(text, at, end);
        at = end;
    }
}

std::string as_json(std::string_view text) {
    const auto quoted = boost::json::serialize(boost::json::string(text));
    return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

std::string html_unescaped(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, char>, 7> entities{{
        {"&amp;", '&'},
        {"&quot;", '"'},
        {"&lt;", '<'},
        {"&gt;", '>'},
        {"&#39;", '\''},
        {"&#039;", '\''},
        {"&apos;", '\''},
    }};
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const auto* entity = std::find_if(entities.begin(), entities.end(), [&](const auto& e) {
            return text.substr(i).starts_with(e.first);
        });
        if (entity != entities.end()) {
            out += entity->second;
            i += entity->first.size();
        } else {
            out += text[i++];
        }
    }
    return out;
}

masker::masker(
    std::span<const std::string_view> members,
    const redemption::params_text& params,
    std::initializer_list<std::string_view> tokens
)
    : members_(members.begin(), members.end()) {
    const auto add = [this](std::string_view secret) {
        if (!secret.empty()) {
            values_.emplace_back(std::string(secret));
            values_.emplace_back(as_json(secret));
            values_.emplace_back(text::form_encode(secret));
        }
    };
    const auto parsed = text::parse_strict(params.reveal());
    const auto* object = parsed ? parsed->if_object() : nullptr;
    for (const auto token : tokens) {
        add(token);
    }
    for (const auto& name : members_) {
        const auto* value = object ? object->if_contains(name) : nullptr;
        if (const auto* text = value ? value->if_string() : nullptr) {
            add({text->data(), text->size()});
        }
    }
}

std::string masker::hidden(std::string_view text) const {
    std::string out(text);
    for (const auto& value : values_) {
        hide_each(out, value.reveal());
    }
    for (const auto& name : members_) {
        hide_member(out, name);
    }
    return out;
}

base::redacted_text masker::masked(std::string_view text) const {
    return redacted(hidden(text));
}

base::redacted_text masker::readable(std::string_view text, std::size_t bytes) const {
    return redacted(text::presentable(hidden(html_unescaped(text)), bytes));
}

}  // namespace gateway::alipay
