#include "platform_clients/alipay/answer.hpp"

#include <array>
#include <boost/json/value.hpp>

#include "platform_clients/alipay/signature.hpp"
#include "text/strict_json.hpp"

namespace gateway::alipay {
namespace {

namespace json = boost::json;

std::string text_member(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    const auto* text = value ? value->if_string() : nullptr;
    return text ? std::string(text->data(), text->size()) : std::string();
}

node_content content_of(json::object members, bool error_response) {
    node_content node;
    node.code = text_member(members, "code");
    node.msg = text_member(members, "msg");
    node.sub_code = text_member(members, "sub_code");
    node.sub_msg = text_member(members, "sub_msg");
    node.error_response = error_response;
    node.members = std::move(members);
    return node;
}

// The charsets a text may be in, likeliest first.
std::array<charset, 2> candidates(charset declared) noexcept {
    if (declared == charset::utf_8) {
        return {charset::utf_8, charset::gbk};
    }
    return {charset::gbk, charset::utf_8};
}

// The object in JSON text whose bytes may not be in the charset they should be in.
std::optional<json::object> decoded_object(std::string_view bytes, charset likeliest) {
    for (const auto text : candidates(likeliest)) {
        const auto utf8 = decode_text(bytes, text);
        auto value = utf8 ? text::parse_strict(*utf8) : text::json_fault{};
        if (value && value->is_object()) {
            return std::move(value->get_object());
        }
    }
    return std::nullopt;
}

// `raw` as an object: parsed at once, or decrypted first when it is a JSON string.
std::variant<json::object, answer> object_from(
    std::string_view raw, charset text, const content_cipher* cipher
) {
    const auto utf8 = decode_text(raw, text);
    auto value = utf8 ? text::parse_strict(*utf8) : text::json_fault{};
    if (!value) {
        return answer(malformed_answer{base::fixed_text("the answer's node is not JSON")});
    }
    if (value->is_object()) {
        return std::move(value->get_object());
    }
    if (!value->is_string()) {
        return answer(malformed_answer{
            base::fixed_text("the answer's node is neither an object nor a string")
        });
    }
    if (!cipher) {
        return answer(rejected_answer{
            base::fixed_text("the answer is encrypted, but the account has no content key")
        });
    }
    const auto& encrypted = value->get_string();
    const auto plain = cipher->decrypt({encrypted.data(), encrypted.size()});
    if (!plain) {
        return answer(rejected_answer{
            base::fixed_text("the answer can't be decrypted with the account's content key")
        });
    }
    // An encrypted body is ASCII, so its own charset shows only now.
    auto inner = decoded_object(*plain, text);
    if (!inner) {
        return answer(
            rejected_answer{base::fixed_text("the answer's decrypted content is not a JSON object")}
        );
    }
    return std::move(*inner);
}

// `\/` as `/`, byte by byte: but in GBK a character's second byte may look like the backslash.
std::string slashes_unescaped(std::string_view raw, charset text) {
    std::string out;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const bool pair = text != charset::utf_8 && static_cast<unsigned char>(raw[i]) >= 0x80;
        if (pair && i + 1 < raw.size()) {
            out += raw[i++];
        } else if (raw.substr(i).starts_with("\\/")) {
            continue;
        }
        out += raw[i];
    }
    return out;
}

answer read_unsigned(json::object members, bool error_response) {
    auto node = content_of(std::move(members), error_response);
    if (node.code.empty()) {
        return malformed_answer{base::fixed_text("the answer has neither a signature nor a code")};
    }
    return unsigned_answer{std::move(node)};
}

}  // namespace

std::variant<opened_answer, answer> open_answer(
    std::string body, std::string_view node_name, charset declared
) {
    answer unusable =
        malformed_answer{base::fixed_text("the answer is neither UTF-8 nor GBK text")};
    for (const auto text : candidates(declared)) {
        if (!decode_text(body, text)) {
            continue;
        }
        const auto form = text == charset::utf_8 ? byte_form::utf8 : byte_form::gbk;
        auto scanned = scan_answer(body, node_name, form);
        if (auto* parts = std::get_if<scanned_answer>(&scanned)) {
            return opened_answer{std::move(body), std::move(*parts), text};
        }
        auto& fault = std::get<scan_fault>(scanned);
        if (!fault.malformed) {
            return answer(rejected_answer{fault.reason});
        }
        unusable = malformed_answer{fault.reason};
    }
    return unusable;
}

answer read_answer(
    const opened_answer& opened,
    const public_key& alipays,
    sign_type type,
    const content_cipher* cipher
) {
    const auto raw = opened.parts.node.of(opened.body);
    const bool error_response = opened.parts.error_response;
    if (!opened.parts.sign) {
        auto object = object_from(raw, opened.text, cipher);
        if (auto* other = std::get_if<answer>(&object)) {
            return std::move(*other);
        }
        return read_unsigned(std::get<json::object>(std::move(object)), error_response);
    }
    std::string respelled;
    std::string_view trusted = raw;
    if (!verify(alipays, type, raw, *opened.parts.sign)) {
        respelled = slashes_unescaped(raw, opened.text);
        if (respelled.size() == raw.size() ||
            !verify(alipays, type, respelled, *opened.parts.sign)) {
            return rejected_answer{base::fixed_text("the answer's signature is not Alipay's")};
        }
        trusted = respelled;
    }
    auto object = object_from(trusted, opened.text, cipher);
    if (auto* other = std::get_if<answer>(&object)) {
        return std::move(*other);
    }
    return verified_answer{
        content_of(std::get<json::object>(std::move(object)), error_response), !respelled.empty()
    };
}

std::optional<node_content> read_unverified(
    const opened_answer& opened, const content_cipher* cipher
) {
    auto object = object_from(opened.parts.node.of(opened.body), opened.text, cipher);
    if (std::holds_alternative<answer>(object)) {
        return std::nullopt;
    }
    return content_of(std::get<json::object>(std::move(object)), opened.parts.error_response);
}

}  // namespace gateway::alipay
