#include "platform_clients/alipay/signed_request.hpp"

#include "platform_clients/alipay/request.hpp"
#include "platform_clients/alipay/signature.hpp"
#include "platform_clients/china_time.hpp"

namespace gateway::alipay {

std::variant<signing_fault, signed_request> make_signed_request(
    const credentials& keys,
    std::string_view target,
    std::string_view method,
    const redemption::params_text& biz_content,
    std::chrono::system_clock::time_point now
) {
    auto content = encode_text(biz_content.reveal(), keys.text);
    if (!content) {
        return signing_fault{signing_fault::kind::not_representable};
    }
    if (keys.cipher) {
        *content = keys.cipher->encrypt(*content);
    }
    const auto timestamp = platform_clients::china_time_text(now);
    auto request = lay_out({
        .app_id = keys.app_id,
        .method = method,
        .charset = charset_name(keys.text),
        .sign_type = sign_type_name(keys.type),
        .timestamp = timestamp,
        .app_cert_sn = keys.certificates ? keys.certificates->app_sn : std::string_view(),
        .alipay_root_cert_sn = keys.certificates ? keys.certificates->root_sn : std::string_view(),
        .encrypt_type = keys.cipher ? "AES" : "",
        .app_auth_token = keys.app_auth_token.reveal(),
        .biz_content = *content,
    });
    const auto text = string_to_sign(request);
    auto signature = sign(keys.own, keys.type, text);
    if (!signature) {
        return signing_fault{signing_fault::kind::key};
    }
    request.query.push_back({"sign", std::move(*signature)});

    signed_request ready;
    ready.signed_text = base::card_secret(decode_text(text, keys.text).value_or(std::string()));
    ready.http.method = "POST";
    ready.http.target = target;
    ready.http.target += target.find('?') == std::string_view::npos ? '?' : '&';
    ready.http.target += form_encode(request.query);
    ready.http.headers.add(
        "Content-Type",
        "application/x-www-form-urlencoded;charset=" + std::string(charset_name(keys.text))
    );
    ready.http.body = form_encode(request.body);
    return ready;
}

}  // namespace gateway::alipay
