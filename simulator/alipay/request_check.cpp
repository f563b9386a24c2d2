#include "simulator/alipay/request_check.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "simulator/alipay/encryption.hpp"
#include "simulator/certificate.hpp"

namespace simulator {

namespace json = boost::json;

namespace {

using gateway::net::equal_ignoring_case;
using gateway::net::http_request;
using problem = std::optional<alipay_result>;

struct length_rule {
    const char* name;
    std::size_t most;
};
constexpr length_rule lengths[] = {
    {"app_id", 32},
    {"method", 128},
    {"format", 40},
    {"charset", 10},
    {"sign_type", 10},
    {"sign", 344},
    {"timestamp", 19},
    {"version", 3},
    {"app_auth_token", 40},
    {"app_cert_sn", 32},
};

alipay_result missing(std::string sub_code, std::string sub_msg) {
    return {"40001", std::move(sub_code), std::move(sub_msg)};
}

alipay_result invalid(std::string sub_code, std::string sub_msg) {
    return {"40002", std::move(sub_code), std::move(sub_msg)};
}

problem check_transport(const http_request& request) {
    if (request.method != "POST" || !is_form(request)) {
        return invalid("isv.invalid-content-type", "请使用POST表单方式提交");
    }
    return std::nullopt;
}

problem identify(const std::vector<alipay_credentials>& all_credentials, alipay_request& read) {
    const std::string_view name = value_of(read, "method");
    if (name.empty()) {
        return missing("isv.missing-method", "缺少方法名参数");
    }
    const auto methods = alipay_methods();
    const auto method = std::ranges::find(methods, name, &alipay_method::name);
    if (method == methods.end()) {
        return invalid("isv.invalid-method", "不存在的方法名");
    }
    read.method = *method;
    const std::string_view id = value_of(read, "app_id");
    if (id.empty()) {
        return missing("isv.missing-app-id", "缺少AppID参数");
    }
    const auto credentials = std::ranges::find_if(
        all_credentials, [&](const alipay_credentials& one) { return one.app.app_id == id; }
    );
    if (credentials == all_credentials.end()) {
        return invalid("isv.invalid-app-id", "无效的AppID参数");
    }
    // The platform signs no answer for an application without an uploaded key.
    if (!credentials->app_key) {
        return alipay_result{
            "40003", "isv.missing-signature-config", "应用未配置对应签名算法的公钥"
        };
    }
    read.credentials = &*credentials;
    return std::nullopt;
}

problem check_presence(const alipay_request& read) {
    struct rule {
        const char* name;
        const char* sub_code;
        const char* sub_msg;
    };
    constexpr rule rules[] = {
        {"sign_type", "isv.missing-signature-type", "缺少签名类型参数"},
        {"sign", "isv.missing-signature", "缺少签名参数"},
        {"timestamp", "isv.missing-timestamp", "缺少时间戳参数"},
        {"version", "isv.missing-version", "缺少版本参数"},
    };
    for (const rule& one : rules) {
        if (value_of(read, one.name).empty()) {
            return missing(one.sub_code, one.sub_msg);
        }
    }
    if (value_of(read, "biz_content").empty()) {
        return invalid("isv.invalid-parameter", "缺少biz_content参数");
    }
    return std::nullopt;
}

problem check_format(const alipay_request& read) {
    if (!read.readable) {
        return invalid("isv.invalid-parameter", "参数无法解码");
    }
    if (!read.conflicting.empty()) {
        return invalid("isv.invalid-parameter", "参数重复且取值不同: " + read.conflicting);
    }
    for (const length_rule& rule : lengths) {
        if (value_of(read, rule.name).size() > rule.most) {
            return invalid("isv.invalid-parameter", std::string("参数过长: ") + rule.name);
        }
    }
    if (!charset_named(value_of(read, "charset"))) {
        return invalid("isv.invalid-charset", "字符集错误,目前支持GBK和UTF-8");
    }
    const std::string_view format = value_of(read, "format");
    if (!format.empty() && !equal_ignoring_case(format, "json")) {
        return invalid("isv.invalid-format", "无效的数据格式");
    }
    if (value_of(read, "sign_type") != read.credentials->app.sign_type) {
        return invalid("isv.invalid-signature-type", "无效的签名类型");
    }
    if (!parse_platform_time(value_of(read, "timestamp"))) {
        return invalid("isv.invalid-timestamp", "非法的时间戳参数");
    }
    if (value_of(read, "version") != "1.0") {
        return invalid("isv.invalid-parameter", "无效的版本");
    }
    return std::nullopt;
}

problem check_certificates(const alipay_request& read, wall_time now) {
    const alipay_credentials& credentials = *read.credentials;
    if (!credentials.certificate_mode()) {
        return std::nullopt;
    }
    const std::string_view app_sn = value_of(read, "app_cert_sn");
    if (app_sn.empty()) {
        return invalid("isv.missing-app-cert-sn", "缺少应用公钥证书序列号");
    }
    if (app_sn != credentials.app_cert_sn) {
        return invalid("isv.app-cert-not-exist", "应用公钥证书不存在");
    }
    if (certificate_expired(credentials.app.app_certificate, now)) {
        return invalid("isv.app-cert-expired", "应用公钥证书已过期");
    }
    const std::string_view root_sn = value_of(read, "alipay_root_cert_sn");
    if (root_sn.empty()) {
        return invalid("isv.missing-alipay-root-cert-sn", "缺少支付宝根证书序列号");
    }
    if (root_sn != credentials.root_cert_sn) {
        return invalid("isv.invalid-alipay-root-cert-sn", "支付宝根证书序列号无效");
    }
    return std::nullopt;
}

std::string html_escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '"':
                result += "&quot;";
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

problem check_signature(const alipay_request& read) {
    const std::string string_to_sign = alipay_string_to_sign(read.params);
    const charset declared = *charset_named(value_of(read, "charset"));
    if (verify_alipay_signature(
            *read.credentials->app_key,
            value_of(read, "sign_type"),
            string_to_sign,
            declared,
            value_of(read, "sign")
        )) {
        return std::nullopt;
    }
    std::string sub_msg = "验签出错,建议检查签名字符串或签名私钥与应用公钥是否匹配,";
    if (!read.charset_in_url) {
        sub_msg += "并确保charset参数放在了URL查询字符串中,";
    }
    return invalid(
        "isv.invalid-signature", sub_msg + "网关生成的验签字符串为:" + html_escaped(string_to_sign)
    );
}

problem check_permission(const alipay_request& read) {
    const alipay_app& app = read.credentials->app;
    if (!app.methods.empty() &&
        std::ranges::find(app.methods, read.method->name()) == app.methods.end()) {
        return alipay_result{"40006", "isv.insufficient-isv-permissions", "ISV权限不足"};
    }
    const std::string_view token = value_of(read, "app_auth_token");
    if (!token.empty() &&
        std::ranges::find(app.app_auth_tokens, token) == app.app_auth_tokens.end()) {
        return alipay_result{"20001", "aop.invalid-app-auth-token", "无效的应用授权令牌"};
    }
    return std::nullopt;
}

problem decrypt(alipay_request& read, std::string& content) {
    const std::string_view type = value_of(read, "encrypt_type");
    const alipay_credentials& credentials = *read.credentials;
    if (type.empty()) {
        if (credentials.app.encryption_required) {
            return missing("isv.decryption-error-missing-encrypt-type", "缺少加密类型参数");
        }
        return std::nullopt;
    }
    if (type != "AES") {
        return invalid("isv.invalid-encrypt-type", "不支持的加密类型");
    }
    if (credentials.aes_key.empty()) {
        return invalid("isv.decryption-error-not-valid-encrypt-key", "未配置加密密钥");
    }
    auto plain = alipay_decrypt(credentials.aes_key, content);
    if (!plain) {
        return invalid("isv.decryption-error-unknown", "解密出错");
    }
    content = to_utf8(*plain, *charset_named(value_of(read, "charset")));
    read.encrypted = true;
    return std::nullopt;
}

problem check_biz_content(alipay_request& read) {
    std::string content(value_of(read, "biz_content"));
    if (auto found = decrypt(read, content)) {
        return found;
    }
    boost::system::error_code error;
    const json::value document = json::parse(content, error);
    if (error || !document.is_object()) {
        return invalid("isv.illegal-json", "biz_content不是合法的JSON");
    }
    read.biz = document.get_object();
    return std::nullopt;
}

}  // namespace

problem check_alipay_request(
    const http_request& request,
    const std::vector<alipay_credentials>& all_credentials,
    wall_time now,
    alipay_request& read
) {
    problem found = check_transport(request);
    found = found ? found : identify(all_credentials, read);
    found = found ? found : check_presence(read);
    found = found ? found : check_format(read);
    found = found ? found : check_certificates(read, now);
    found = found ? found : check_signature(read);
    found = found ? found : check_permission(read);
    found = found ? found : check_biz_content(read);
    return found;
}

}  // namespace simulator
