#include "platform_clients/alipay/answer_scan.hpp"

#include <algorithm>
#include <vector>

#include "text/hex.hpp"
#include "text/strict_json.hpp"

namespace gateway::alipay {
namespace {

constexpr std::size_t max_depth = 32;

// Moves over JSON text byte by byte. Each pass_… leaves the position behind what it passed, or
// reports false where the text isn't JSON.
class json_walker {
public:
    json_walker(std::string_view text, byte_form form) : text_(text), form_(form) {}

    std::size_t position() const noexcept { return at_; }
    bool at_end() const noexcept { return at_ == text_.size(); }

    void pass_space() noexcept {
        while (!at_end() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos
        ) {
            ++at_;
        }
    }

    bool pass(char expected) noexcept {
        if (at_end() || text_[at_] != expected) {
            return false;
        }
        ++at_;
        return true;
    }

    bool pass_string() {
        if (!pass('"')) {
            return false;
        }
        while (!at_end()) {
            const auto byte = static_cast<unsigned char>(text_[at_]);
            if (byte == '"') {
                ++at_;
                return true;
            }
            if (byte < 0x20 || !pass_character(byte)) {
                return false;
            }
        }
        return false;
    }

    bool pass_value(std::size_t depth) {
        if (at_end() || depth > max_depth) {
            return false;
        }
        switch (text_[at_]) {
            case '"':
                return pass_string();
            case '{':
                return pass_members('}', true, depth);
            case '[':
                return pass_members(']', false, depth);
            case 't':
                return pass_keyword("true");
            case 'f':
                return pass_keyword("false");
            case 'n':
                return pass_keyword("null");
            default:
                return pass_number();
        }
    }

private:
    bool pass_character(unsigned char byte) noexcept {
        if (byte == '\\') {
            return pass_escape();
        }
        if (form_ == byte_form::gbk && byte >= 0x80) {
            return pass_gbk_pair(byte);
        }
        ++at_;
        return true;
    }

    bool pass_gbk_pair(unsigned char lead) noexcept {
        if (lead == 0x80 || lead == 0xFF || at_ + 1 >= text_.size()) {
            return false;
        }
        const auto trail = static_cast<unsigned char>(text_[at_ + 1]);
        if (trail < 0x40 || trail == 0x7F || trail == 0xFF) {
            return false;
        }
        at_ += 2;
        return true;
    }

    bool pass_escape() noexcept {
        ++at_;
        if (at_end()) {
            return false;
        }
        const char what = text_[at_++];
        if (what != 'u') {
            return std::string_view("\"\\/bfnrt").find(what) != std::string_view::npos;
        }
        for (int i = 0; i < 4; ++i, ++at_) {
            if (at_end() || text::hex_value(text_[at_]) < 0) {
                return false;
            }
        }
        return true;
    }

    bool pass_members(char close, bool named, std::size_t depth) {
        ++at_;
        pass_space();
        if (pass(close)) {
            return true;
        }
        while (true) {
            pass_space();
            if (named && !pass_name()) {
                return false;
            }
            pass_space();
            if (!pass_value(depth + 1)) {
                return false;
            }
            pass_space();
            if (pass(close)) {
                return true;
            }
            if (!pass(',')) {
                return false;
            }
        }
    }

    bool pass_name() {
        if (!pass_string()) {
            return false;
        }
        pass_space();
        return pass(':');
    }

    bool pass_keyword(std::string_view keyword) noexcept {
        if (!text_.substr(at_).starts_with(keyword)) {
            return false;
        }
        at_ += keyword.size();
        return true;
    }

    bool pass_digits() noexcept {
        const auto before = at_;
        while (!at_end() && text_[at_] >= '0' && text_[at_] <= '9') {
            ++at_;
        }
        return at_ != before;
    }

    bool pass_number() noexcept {
        pass('-');
        if (!pass('0') && !pass_digits()) {
            return false;
        }
        if (pass('.') && !pass_digits()) {
            return false;
        }
        if (pass('e') || pass('E')) {
            if (!pass('+')) {
                pass('-');
            }
            return pass_digits();
        }
        return true;
    }

    std::string_view text_;
    byte_form form_;
    std::size_t at_ = 0;
};

struct member {
    std::string_view name;  // raw, without its quotes
    byte_range value;
};

using members_reading = std::variant<std::vector<member>, scan_fault>;

scan_fault not_json() {
    return {true, "the answer is not one whole JSON object"};
}

members_reading read_members(std::string_view body, byte_form form) {
    json_walker walk(body, form);
    std::vector<member> members;
    walk.pass_space();
    if (!walk.pass('{')) {
        return not_json();
    }
    walk.pass_space();
    bool more = !walk.pass('}');
    while (more) {
        walk.pass_space();
        const byte_range name{walk.position(), 0};
        if (!walk.pass_string()) {
            return not_json();
        }
        const auto name_end = walk.position();
        walk.pass_space();
        if (!walk.pass(':')) {
            return not_json();
        }
        walk.pass_space();
        byte_range value{walk.position(), 0};
        if (!walk.pass_value(1)) {
            return not_json();
        }
        value.end = walk.position();
        members.push_back({body.substr(name.begin + 1, name_end - name.begin - 2), value});
        walk.pass_space();
        more = walk.pass(',');
        if (!more && !walk.pass('}')) {
            return not_json();
        }
    }
    walk.pass_space();
    if (!walk.at_end()) {
        return scan_fault{true, "something follows the answer's JSON object"};
    }
    return members;
}

// Two readers may disagree on which of two equal names counts, and on whether an escaped name is
// the plain one: neither belongs in an answer that decides about a redemption.
std::optional<scan_fault> ambiguous_names(const std::vector<member>& members) {
    std::vector<std::string_view> names;
    for (const auto& m : members) {
        if (m.name.find('\\') != std::string_view::npos) {
            return scan_fault{false, "the answer spells a member name with escapes"};
        }
        names.push_back(m.name);
    }
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end()) {
        return scan_fault{false, "the answer names a member twice"};
    }
    return std::nullopt;
}

// The text of a JSON string; nothing if the value is of another type.
std::optional<std::string> string_value(std::string_view raw) {
    const auto value = text::parse_strict(raw);
    if (!value || !value->is_string()) {
        return std::nullopt;
    }
    const auto& text = value->get_string();
    return std::string(text.data(), text.size());
}

}  // namespace

std::variant<scanned_answer, scan_fault> scan_answer(
    std::string_view body, std::string_view node_name, byte_form form
) {
    auto reading = read_members(body, form);
    if (auto* fault = std::get_if<scan_fault>(&reading)) {
        return *fault;
    }
    const auto& members = std::get<std::vector<member>>(reading);
    if (auto fault = ambiguous_names(members)) {
        return *fault;
    }
    scanned_answer found;
    std::size_t nodes = 0;
    for (const auto& m : members) {
        const bool is_error = m.name == "error_response";
        if (is_error || m.name == node_name) {
            ++nodes;
            found.node = m.value;
            found.error_response = is_error;
        } else if (m.name.ends_with("_response")) {
            return scan_fault{false, "the answer holds the node of another method"};
        } else if (m.name == "sign" || m.name == "alipay_cert_sn") {
            auto text = string_value(m.value.of(body));
            if (!text) {
                return scan_fault{
                    false,
                    m.name == "sign"
                        ? base::fixed_text("the answer's sign is not a string")
                        : base::fixed_text("the answer's alipay_cert_sn is not a string")
                };
            }
            (m.name == "sign" ? found.sign : found.certificate_sn) = std::move(*text);
        }
    }
    if (nodes != 1) {
        return scan_fault{
            nodes == 0,
            nodes == 0
                ? base::fixed_text("the answer holds neither the method's node nor error_response")
                : base::fixed_text("the answer holds both the method's node and error_response")
        };
    }
    if (found.sign && found.sign->empty()) {
        found.sign.reset();
    }
    return found;
}

}  // namespace gateway::alipay
