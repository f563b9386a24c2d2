#include "platform_clients/alipay/armour.hpp"

#include <algorithm>

#include "text/base64.hpp"
#include "text/field_syntax.hpp"

namespace gateway::alipay {
namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view end_mark = "-----END ";
constexpr std::string_view dashes = "-----";
constexpr std::string_view blanks = " \t\r\n";

std::string_view trimmed(std::string_view text) noexcept {
    if (text.starts_with("\xEF\xBB\xBF")) {  // an editor's byte order mark
        text.remove_prefix(3);
    }
    return text::trimmed(text, blanks);
}

std::variant<der_block, std::string> read_block(std::string_view label, std::string_view text) {
    text = trimmed(text);
    if (label == "ENCRYPTED PRIVATE KEY" || text.starts_with("Proc-Type:")) {
        return "is protected by a passphrase; store the key without one";
    }
    std::string base64;
    std::copy_if(text.begin(), text.end(), std::back_inserter(base64), [](char c) {
        return blanks.find(c) == std::string_view::npos;
    });
    auto der = text::base64_decode(base64);
    if (!der || der->empty()) {
        return label.empty() ? "is neither PEM nor base64"
                             : "holds a " + std::string(label) + " block that isn't valid base64";
    }
    return der_block{std::string(label), std::move(*der), base64.size() == text.size()};
}

}  // namespace

std::variant<std::vector<der_block>, std::string> read_armour(std::string_view text) {
    text = trimmed(text);
    if (text.empty()) {
        return "is empty";
    }
    std::vector<der_block> blocks;
    if (text.find(begin_mark) == std::string_view::npos) {
        auto block = read_block("", text);
        if (auto* fault = std::get_if<std::string>(&block)) {
            return std::move(*fault);
        }
        blocks.push_back(std::get<der_block>(std::move(block)));
        return blocks;
    }
    for (auto at = text.find(begin_mark); at != std::string_view::npos;
         at = text.find(begin_mark)) {
        text.remove_prefix(at + begin_mark.size());
        const auto label_end = text.find(dashes);
        if (label_end == std::string_view::npos) {
            return "has a BEGIN line without its closing dashes";
        }
        const auto label = text.substr(0, label_end);
        text.remove_prefix(label_end + dashes.size());
        const auto end = text.find(std::string(end_mark).append(label).append(dashes));
        if (end == std::string_view::npos) {
            return "has a " + std::string(label) + " block without its END line (cut off?)";
        }
        auto block = read_block(label, text.substr(0, end));
        if (auto* fault = std::get_if<std::string>(&block)) {
            return std::move(*fault);
        }
        blocks.push_back(std::get<der_block>(std::move(block)));
        text.remove_prefix(end);
    }
    return blocks;
}

}  // namespace gateway::alipay
