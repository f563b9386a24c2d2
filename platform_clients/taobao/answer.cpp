#include "platform_clients/taobao/answer.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <utility>

#include "text/field_syntax.hpp"
#include "text/hex.hpp"
#include "text/strict_json.hpp"

namespace gateway::taobao {
namespace {

namespace json = boost::json;

constexpr std::string_view error_member = "error_response";

std::string_view trimmed(std::string_view text) noexcept {
    return text::trimmed(text, " \t\r\n");
}

// The body without byte order mark and without the host comment that TOP may append
// (`<!--top010179031191.s.et2-->`). JSON never ends in `-->`.
std::string_view essence(std::string_view body) noexcept {
    if (body.starts_with("\xEF\xBB\xBF")) {
        body.remove_prefix(3);
    }
    body = trimmed(body);
    while (body.ends_with("-->")) {
        const auto start = body.rfind("<!--");
        if (start == std::string_view::npos) {
            break;
        }
        body = trimmed(body.substr(0, start));
    }
    return body;
}

// Raw control characters inside strings, which JSON forbids and TOP has sent, as escapes.
std::string with_escaped_controls(std::string_view json) {
    std::string out;
    out.reserve(json.size() + 16);
    bool in_string = false;
    bool escaped = false;
    for (const char c : json) {
        const auto byte = static_cast<unsigned char>(c);
        if (in_string && byte < 0x20) {
            out += "\\u00";
            text::append_hex(out, byte);
            escaped = false;
            continue;
        }
        out += c;
        if (escaped) {
            escaped = false;
        } else if (in_string && c == '\\') {
            escaped = true;
        } else if (c == '"') {
            in_string = !in_string;
        }
    }
    return out;
}

boost::system::result<json::value, text::json_fault> parse(std::string_view text) {
    auto value = text::parse_strict(text);
    if (value) {
        return value;
    }
    auto repaired = text::parse_strict(with_escaped_controls(text));
    return repaired ? repaired : value;
}

// `taobao.eticket.merchant.ma.send` → `eticket_merchant_ma_send_response`; only the `taobao.` goes.
std::string wrapper_name(std::string_view method) {
    constexpr std::string_view prefix = "taobao.";
    if (method.starts_with(prefix)) {
        method.remove_prefix(prefix.size());
    }
    std::string name(method);
    std::replace(name.begin(), name.end(), '.', '_');
    return name + "_response";
}

answer unreadable(base::redacted_text why) {
    return unreadable_answer{.why = std::move(why), .hint = std::nullopt};
}

answer not_the_platforms(base::redacted_text why) {
    return unreadable_answer{.why = std::move(why), .hint = std::nullopt, .foreign = true};
}

error_answer read_error(const json::object& object) {
    return {
        text_member(object, "code").value_or(""),
        text_member(object, "msg"),
        text_member(object, "sub_code"),
        text_member(object, "sub_msg"),
        text_member(object, "request_id")
    };
}

bool speaks_of_error(const json::object& object) {
    return object.contains(error_member) || object.contains("code") ||
           object.contains("sub_code") || object.contains("sub_msg");
}

bool speaks_of_result(const json::object& object) {
    return object.contains("is_success") || object.contains("ret_code") ||
           object.contains("resp_body");
}

// Two members of a result that say whether it succeeded, each the opposite of the other.
bool disagrees_with_itself(const json::object& fields) {
    const auto confirmed = boolean_member(fields, "is_success");
    const auto ret_code = text_member(fields, "ret_code");
    return confirmed && ret_code && *confirmed != (*ret_code == "isv.success-all");
}

// An answer that says two things at once proves neither.
answer contradiction(const json::object& error) {
    return unreadable_answer{
        .why = base::fixed_text("the answer holds an error and a result"), .hint = read_error(error)
    };
}

answer read_result(const json::object& fields, bool wrapped) {
    if (speaks_of_error(fields) || disagrees_with_itself(fields)) {
        return contradiction(fields);
    }
    return result_answer{
        .fields = fields, .request_id = text_member(fields, "request_id"), .wrapped = wrapped
    };
}

// Beside an error nothing is expected but the request's id.
bool stands_alone(const json::object& root) {
    return std::all_of(root.begin(), root.end(), [](const auto& member) {
        return member.key() == error_member || member.key() == "request_id";
    });
}

bool is_wrapper(const json::key_value_pair& member) {
    const std::string_view name(member.key().data(), member.key().size());
    return name.ends_with("_response");
}

answer read_object(std::string_view method, const json::object& root) {
    const auto wrapper = wrapper_name(method);
    const auto* error = root.if_contains(error_member);
    const auto* wrapped = root.if_contains(wrapper);
    if (std::count_if(root.begin(), root.end(), is_wrapper) > 1) {
        return unreadable(base::fixed_text("the answer holds more than one response"));
    }
    const auto* only = error ? error : wrapped;
    if (only && !only->is_object()) {
        return unreadable(
            base::redacted_text::trusted(error ? error_member : std::string_view(wrapper)) +
            base::fixed_text(" is not an object")
        );
    }
    if (error) {
        const auto& said = error->get_object();
        const bool clear = stands_alone(root) && !speaks_of_result(said);
        return clear ? answer(read_error(said)) : contradiction(said);
    }
    if (wrapped) {
        const bool clear = !speaks_of_error(root) && !speaks_of_result(root);
        return clear ? read_result(wrapped->get_object(), true) : contradiction(root);
    }
    if (std::any_of(root.begin(), root.end(), is_wrapper)) {
        return unreadable(base::fixed_text("the answer is another method's"));
    }
    return read_result(root, false);
}

std::optional<std::string> xml_element(std::string_view xml, std::string_view name) {
    const auto open = "<" + std::string(name) + ">";
    const auto close = "</" + std::string(name) + ">";
    const auto start = xml.find(open);
    if (start == std::string_view::npos) {
        return std::nullopt;
    }
    const auto end = xml.find(close, start);
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const auto from = start + open.size();
    auto text = trimmed(xml.substr(from, end - from));
    if (text.starts_with("<![CDATA[") && text.ends_with("]]>")) {
        text = text.substr(9, text.size() - 12);
    }
    return std::string(text);
}

answer read_markup(std::string_view text) {
    if (text.find("<error_response>") == std::string_view::npos) {
        return not_the_platforms(base::fixed_text("the answer is HTML or XML instead of JSON"));
    }
    error_answer hint;
    hint.code = xml_element(text, "code").value_or("");
    hint.msg = xml_element(text, "msg");
    hint.sub_code = xml_element(text, "sub_code");
    hint.sub_msg = xml_element(text, "sub_msg");
    hint.request_id = xml_element(text, "request_id");
    return unreadable_answer{
        .why = base::fixed_text("the answer is an XML error instead of JSON"),
        .hint = std::move(hint)
    };
}

// 2^53 - 1, the last integer that JavaScript counts to.
constexpr std::uint64_t last_safe_integer = 9'007'199'254'740'991;

void make_exact(json::value& value) {
    if (auto* object = value.if_object()) {
        for (auto& member : *object) {
            make_exact(member.value());
        }
    } else if (auto* array = value.if_array()) {
        for (auto& element : *array) {
            make_exact(element);
        }
    } else if (const auto* u = value.if_uint64(); u && *u > last_safe_integer) {
        value = std::to_string(*u);
    } else if (const auto* i = value.if_int64()) {
        const auto number = *i;
        const auto magnitude = number < 0 ? 0 - static_cast<std::uint64_t>(number)
                                          : static_cast<std::uint64_t>(number);
        if (magnitude > last_safe_integer) {
            value = std::to_string(number);
        }
    }
}

}  // namespace

std::optional<std::string> text_member(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (!value) {
        return std::nullopt;
    }
    if (const auto* s = value->if_string()) {
        return std::string(s->data(), s->size());
    }
    if (const auto* i = value->if_int64()) {
        return std::to_string(*i);
    }
    if (const auto* u = value->if_uint64()) {
        return std::to_string(*u);
    }
    return std::nullopt;
}

std::optional<bool> boolean_member(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value && value->is_bool()) {
        return value->get_bool();
    }
    const auto* text = value ? value->if_string() : nullptr;
    if (text && *text == "true") {
        return true;
    }
    if (text && *text == "false") {
        return false;
    }
    return std::nullopt;
}

std::string exact_text(const json::object& fields) {
    json::value copy(fields);
    make_exact(copy);
    return json::serialize(copy);
}

answer read_body(std::string_view method, std::string_view body) {
    const auto text = essence(body);
    if (text.empty()) {
        return not_the_platforms(base::fixed_text("the answer is empty"));
    }
    if (text.front() == '<') {
        return read_markup(text);
    }
    const auto value = parse(text);
    if (!value) {
        return not_the_platforms(
            base::fixed_text("the answer is broken at byte ") +
            base::redacted_text::number(value.error().offset) + base::fixed_text(": ") +
            value.error().what
        );
    }
    if (!value->is_object()) {
        return not_the_platforms(base::fixed_text("the answer is not a JSON object"));
    }
    return read_object(method, value->get_object());
}

}  // namespace gateway::taobao
