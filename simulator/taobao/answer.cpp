#include "simulator/taobao/answer.hpp"

#include <algorithm>

#include "simulator/charset.hpp"
#include "simulator/json_text.hpp"

namespace simulator {

namespace {

json::object error_fields(const taobao_error& error, const active_faults& faults) {
    json::object fields{{"code", error.code}, {"msg", error.msg}};
    if (faults.has(fault_kind::missing_sub_code)) {
        return fields;
    }
    if (!error.sub_code.empty()) {
        fields["sub_code"] = error.sub_code;
    }
    if (!error.sub_msg.empty()) {
        fields["sub_msg"] = error.sub_msg;
    }
    return fields;
}

void apply_attribute_map(json::object& fields, const active_faults& faults) {
    const fault* injected = faults.find(fault_kind::attribute_map);
    auto* body = fields.if_contains("resp_body");
    if (injected == nullptr || body == nullptr) {
        return;
    }
    json::object& resp_body = body->as_object();
    const std::string form = injected->text("form");
    if (form == "missing") {
        resp_body.erase("attribute_map");
    } else if (form == "object") {
        resp_body["attribute_map"] = json::object{{"k", "v"}};
    } else if (form == "null") {
        resp_body["attribute_map"] = nullptr;
    } else {
        resp_body["attribute_map"] = form == "empty" ? "" : "{\"k\":\"v\"}";
    }
}

void stringify(json::value& value) {
    if (auto* object = value.if_object()) {
        for (auto& member : *object) {
            stringify(member.value());
        }
        return;
    }
    if (value.is_number() || value.is_bool()) {
        value = json::value(json::string(compact_json(value)));
    }
}

std::string xml_escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            default:
                result.push_back(c);
        }
    }
    return result;
}

std::string xml(const json::value& value) {
    const auto* object = value.if_object();
    if (object == nullptr) {
        return value.is_string() ? xml_escaped(value.get_string())
               : value.is_null() ? std::string{}
                                 : compact_json(value);
    }
    std::string text;
    for (const auto& member : *object) {
        const std::string name(member.key());
        text += "<" + name + ">" + xml(member.value()) + "</" + name + ">";
    }
    return text;
}

// The name drops `taobao.` and writes underscores for dots.
std::string response_name(const taobao_request& request, const active_faults& faults) {
    if (faults.has(fault_kind::other_method_node)) {
        return "time_get_response";
    }
    std::string name(request.method->name().substr(std::string_view("taobao.").size()));
    std::ranges::replace(name, '.', '_');
    return name + "_response";
}

json::object root_object(
    const taobao_request& request,
    const taobao_outcome& outcome,
    const std::string& request_id,
    const active_faults& faults
) {
    json::object fields = outcome.error ? error_fields(*outcome.error, faults) : outcome.fields;
    fields["request_id"] = request_id;
    apply_attribute_map(fields, faults);
    if (outcome.error) {
        return {{"error_response", std::move(fields)}};
    }
    if (request.simplify) {
        return fields;
    }
    return {{response_name(request, faults), std::move(fields)}};
}

}  // namespace

gateway::net::http_response taobao_answer(
    const taobao_request& request,
    const taobao_outcome& outcome,
    const std::string& request_id,
    const active_faults& faults
) {
    json::value root = root_object(request, outcome, request_id, faults);
    if (faults.has(fault_kind::numbers_as_strings)) {
        stringify(root);
    }
    std::string body;
    if (!request.json) {
        body = "<?xml version=\"1.0\" encoding=\"utf-8\" ?>" + xml(root) +
               "<!--top010179031191.s.et2-->";
    } else {
        body = faults.has(fault_kind::pretty) ? pretty_json(root) : compact_json(root);
    }
    if (faults.has(fault_kind::raw_control_characters)) {
        body = with_raw_control_characters(std::move(body));
    }
    if (faults.has(fault_kind::gbk_answer)) {
        body = from_utf8(body, charset::gbk);
    }
    gateway::net::http_response response;
    response.headers.add("Server", "Tengine");
    response.headers.add(
        "Content-Type", request.json ? "text/javascript;charset=UTF-8" : "text/xml;charset=UTF-8"
    );
    response.headers.add("Vary", "Accept-Encoding");
    response.headers.add("Application-Host", "simulator");
    response.headers.add("Location-Host", "simulator");
    response.headers.add("top-bodylength", std::to_string(body.size()));
    response.body = std::move(body);
    return response;
}

}  // namespace simulator
