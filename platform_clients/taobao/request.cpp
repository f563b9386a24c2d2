#include "platform_clients/taobao/request.hpp"

#include "platform_clients/china_time.hpp"
#include "platform_clients/taobao/signature.hpp"
#include "text/url_encoding.hpp"

namespace gateway::taobao {
namespace {

bool is_blank(std::string_view value) noexcept {
    while (!value.empty()) {
        if (value.front() == ' ' || (value.front() >= '\t' && value.front() <= '\r')) {
            value.remove_prefix(1);
        } else if (value.starts_with("\xE3\x80\x80")) {  // U+3000, white space to the Java SDK too
            value.remove_prefix(3);
        } else {
            return false;
        }
    }
    return true;
}

void add(parameter_list& to, std::string_view name, std::string_view value) {
    if (!is_blank(value)) {
        to.push_back({std::string(name), std::string(value)});
    }
}

}  // namespace

parameter_list request_parameters(const common_parameters& common, const parameter_list& business) {
    parameter_list all;
    all.reserve(business.size() + 8);  // the common ones and `sign`
    add(all, "method", common.method);
    add(all, "app_key", common.app_key);
    add(all, "session", common.session);
    add(all, "timestamp", platform_clients::china_time_text(common.now));
    add(all, "v", "2.0");
    add(all, "sign_method", wire_name(common.sign_method).view());
    add(all, "format", "json");  // the platform's default is xml
    for (const auto& one : business) {
        add(all, one.name, one.value);
    }
    return all;
}

std::string form_body(const parameter_list& parameters) {
    std::string body;
    for (const auto& one : parameters) {
        text::append_form_field(body, one.name, one.value);
    }
    return body;
}

}  // namespace gateway::taobao
