#include "simulator/bench_answers.hpp"

#include "simulator/alipay/credentials.hpp"
#include "simulator/alipay/signature.hpp"
#include "simulator/form.hpp"
#include "simulator/json_text.hpp"
#include "simulator/taobao/method.hpp"

namespace simulator {

namespace {

using gateway::net::http_request;
using gateway::net::http_response;

constexpr std::string_view redeemed =
    R"({"code":"10000","msg":"Success","voucher_id":"0156468653835689006788030091"})";

// Returns the value of a parameter in the query or the body; empty when it is absent.
std::string parameter(const http_request& request, std::string_view name) {
    for (const std::string_view text :
         {split_target(request.target).query, std::string_view(request.body)}) {
        const parsed_form parsed = parse_form(text);
        for (const form_field& field : parsed.fields) {
            if (field.name == name) {
                return field.value;
            }
        }
    }
    return {};
}

std::string signed_body(const alipay_app& app) {
    const alipay_credentials credentials = load_alipay_credentials(app);
    std::string body = "{\"alipay_marketing_voucher_stock_use_response\":" + std::string(redeemed);
    if (credentials.certificate_mode()) {
        body += ",\"alipay_cert_sn\":" + quoted(credentials.platform_cert_sn);
    }
    return body + ",\"sign\":" +
           quoted(alipay_sign_node(credentials.platform_key, app.sign_type, redeemed)) + "}";
}

http_response answer(std::string_view type, std::string body) {
    http_response response;
    response.headers.add("Content-Type", type);
    response.body = std::move(body);
    return response;
}

}  // namespace

bench_answers::bench_answers(const settings& known) {
    for (const alipay_app& app : known.alipay) {
        signed_by_app_.emplace_back(app.app_id, signed_body(app));
    }
}

http_response bench_answers::alipay(const http_request& request) const {
    const std::string wanted = parameter(request, "app_id");
    for (const auto& [app, body] : signed_by_app_) {
        if (app == wanted) {
            return answer("text/html;charset=utf-8", body);
        }
    }
    return answer(
        "text/html;charset=utf-8",
        R"({"error_response":{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-app-id"}})"
    );
}

http_response bench_answers::taobao(const http_request& request) const {
    const bool verify = parameter(request, "method") == taobao_order_verify().name();
    const std::string fields =
        verify
            ? R"("is_success":true)"
            : R"("resp_body":{"attribute_map":"{}"},"ret_code":"isv.success-all","ret_msg":"操作成功")";
    std::string body = "{" + fields + R"(,"request_id":"zzbench000001"})";
    if (parameter(request, "simplify") != "true") {
        const std::string name =
            verify ? "travel_ticket_order_verify_response" : "eticket_merchant_ma_send_response";
        body = "{\"" + name + "\":" + body + "}";
    }
    return answer("text/javascript;charset=UTF-8", std::move(body));
}

}  // namespace simulator
