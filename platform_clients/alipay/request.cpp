#include "platform_clients/alipay/request.hpp"

#include <algorithm>

#include "text/url_encoding.hpp"

namespace gateway::alipay {
namespace {

void add(parameters& to, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        to.push_back({std::string(name), std::string(value)});
    }
}

}  // namespace

request_parameters lay_out(const request_content& content) {
    request_parameters request;
    add(request.query, "app_id", content.app_id);
    add(request.query, "method", content.method);
    add(request.query, "charset", content.charset);
    add(request.query, "sign_type", content.sign_type);
    add(request.query, "timestamp", content.timestamp);
    add(request.query, "version", "1.0");
    add(request.query, "app_cert_sn", content.app_cert_sn);
    add(request.query, "alipay_root_cert_sn", content.alipay_root_cert_sn);
    add(request.query, "encrypt_type", content.encrypt_type);
    add(request.body, "biz_content", content.biz_content);
    // A token, not a protocol switch: in the body it stays out of access logs on the way.
    add(request.body, "app_auth_token", content.app_auth_token);
    return request;
}

std::string string_to_sign(const request_parameters& request) {
    std::vector<const parameter*> sorted;
    for (const auto* part : {&request.query, &request.body}) {
        for (const auto& field : *part) {
            if (field.name != "sign" && !field.value.empty()) {
                sorted.push_back(&field);
            }
        }
    }
    std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
        return a->name < b->name;
    });
    std::string text;
    for (const auto* field : sorted) {
        if (!text.empty()) {
            text += '&';
        }
        text += field->name;
        text += '=';
        text += field->value;
    }
    return text;
}

std::string form_encode(const parameters& fields) {
    std::string form;
    for (const auto& field : fields) {
        text::append_form_field(form, field.name, field.value);
    }
    return form;
}

}  // namespace gateway::alipay
