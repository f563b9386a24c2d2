#include "platform_clients/taobao/diagnosis.hpp"

#include "platform_clients/taobao/masker.hpp"
#include "platform_clients/taobao/signature.hpp"
#include "text/presentable_text.hpp"

namespace gateway::taobao {

std::string signature_diagnosis(
    config::top_sign_method method,
    std::size_t secret_length,
    std::string_view string_to_sign,
    std::span<const std::string> secrets
) {
    return "signed with " + std::string(wire_name(method)) + " and an app secret of " +
           std::to_string(secret_length) + " characters: " + masked(string_to_sign, secrets);
}

std::string answer_diagnosis(
    std::string_view why,
    std::string_view method,
    std::string_view sent_at,
    const net::http_response& response
) {
    auto text = std::string(why) + "; " + std::string(method) + " sent at " + std::string(sent_at) +
                " GMT+8, HTTP status " + std::to_string(response.status);
    for (const char* name : {"Location-Host", "Application-Host"}) {
        const auto host = response.headers.find(name);
        if (host) {
            text += std::string(", ") + name + ' ' + text::presentable(*host, 128);
        }
    }
    return text;
}

}  // namespace gateway::taobao
