#include <gtest/gtest.h>

#include "simulator/taobao/endpoint.hpp"
#include "tests/simulator/requests.hpp"

namespace simulator::test {

namespace {

gateway::net::http_response answer(parameters given, const active_faults& faults = {}) {
    effect_ledger ledger("");
    taobao_endpoint endpoint({demo_taobao_app()}, ledger);
    const auto request = taobao_post(signed_for_taobao(std::move(given)));
    return endpoint.receive(request, fixed_now())->answer(faults, fixed_now()).response;
}

parameters simplified(parameters given) {
    given["simplify"] = "true";
    return given;
}

std::string without_request_id(std::string body) {
    const std::size_t at = body.find("\"request_id\":\"");
    EXPECT_NE(at, std::string::npos);
    const std::size_t id = at + std::string_view("\"request_id\":\"").size();
    return body.replace(id, 13, "ID");
}

}  // namespace

TEST(TaobaoAnswer, WrapsASuccessInTheMethodsName) {
    EXPECT_EQ(
        without_request_id(answer(verify_parameters()).body),
        R"({"travel_ticket_order_verify_response":{"is_success":true,"request_id":"ID"}})"
    );
    EXPECT_EQ(
        without_request_id(answer(send_parameters()).body),
        R"({"eticket_merchant_ma_send_response":{"resp_body":{"attribute_map":"{}"},)"
        R"("ret_code":"isv.success-all","ret_msg":"操作成功","request_id":"ID"}})"
    );
}

TEST(TaobaoAnswer, DropsTheWrapperWhenSimplifiedButNotAroundErrors) {
    EXPECT_EQ(
        without_request_id(answer(simplified(verify_parameters())).body),
        R"({"is_success":true,"request_id":"ID"})"
    );
    parameters bad = simplified(verify_parameters());
    bad.erase("order_id");
    EXPECT_EQ(
        without_request_id(answer(bad).body),
        R"({"error_response":{"code":40,"msg":"Missing required arguments:order_id","request_id":"ID"}})"
    );
}

TEST(TaobaoAnswer, IsXmlUnlessTheRequestAsksForJson) {
    parameters given = verify_parameters();
    given.erase("format");
    const auto response = answer(given);
    EXPECT_EQ(response.headers.find("Content-Type"), "text/xml;charset=UTF-8");
    EXPECT_TRUE(response.body.starts_with(
        R"(<?xml version="1.0" encoding="utf-8" ?><travel_ticket_order_verify_response>)"
        "<is_success>true</is_success><request_id>"
    )) << response.body;
}

TEST(TaobaoAnswer, HasTheTypeJavascriptForJson) {
    EXPECT_EQ(
        answer(verify_parameters()).headers.find("Content-Type"), "text/javascript;charset=UTF-8"
    );
}

TEST(TaobaoAnswer, EscapesSlashes) {
    const auto injected =
        faults_of({R"({"fault":"business-code","code":"15","sub_code":"isv.a","sub_msg":"a/b"})"});
    EXPECT_NE(
        answer(verify_parameters(), injected).body.find(R"("sub_msg":"a\/b")"), std::string::npos
    );
}

struct shape_row {
    const char* rule;
    const char* part;  // of the answer to a send
    bool present;
};

TEST(TaobaoAnswer, AppliesShapeFaultsToASend) {
    const shape_row rows[] = {
        {R"({"fault":"attribute-map","form":"string"})", R"("attribute_map":"{\"k\":\"v\"}")", true
        },
        {R"({"fault":"attribute-map","form":"empty"})", R"("attribute_map":"")", true},
        {R"({"fault":"attribute-map","form":"object"})", R"("attribute_map":{"k":"v"})", true},
        {R"({"fault":"attribute-map","form":"null"})", R"("attribute_map":null)", true},
        {R"({"fault":"attribute-map","form":"missing"})", "attribute_map", false},
        {R"({"fault":"ret-code","ret_code":"isv.odd"})", R"("ret_code":"isv.odd")", true},
        {R"({"fault":"other-method-node"})", R"({"time_get_response":)", true},
        {R"({"fault":"raw-control-characters"})", "\"ret_msg\":\"\t\r\n操作成功\"", true},
        {R"({"fault":"gbk-answer"})", "\xB2\xD9\xD7\xF7", true},
        {R"({"fault":"order-lock"})", "order-is-processing", true},
    };
    for (const shape_row& row : rows) {
        SCOPED_TRACE(row.rule);
        const std::string body = answer(send_parameters(), faults_of({row.rule})).body;
        EXPECT_EQ(body.find(row.part) != std::string::npos, row.present) << body;
    }
}

TEST(TaobaoAnswer, AppliesShapeFaultsToAVerify) {
    const shape_row rows[] = {
        {R"({"fault":"is-success","value":"false"})", R"("is_success":false)", true},
        {R"({"fault":"is-success","value":"absent"})", "is_success", false},
        {R"({"fault":"numbers-as-strings"})", R"("is_success":"true")", true},
    };
    for (const shape_row& row : rows) {
        SCOPED_TRACE(row.rule);
        const std::string body = answer(verify_parameters(), faults_of({row.rule})).body;
        EXPECT_EQ(body.find(row.part) != std::string::npos, row.present) << body;
    }
}

TEST(TaobaoAnswer, AFaultRemovesTheSubCode) {
    const auto injected = faults_of(
        {R"({"fault":"system-busy"})",
         R"({"fault":"missing-sub-code"})",
         R"({"fault":"numbers-as-strings"})"}
    );
    EXPECT_EQ(
        without_request_id(answer(send_parameters(), injected).body),
        R"({"error_response":{"code":"15","msg":"Remote service error","request_id":"ID"}})"
    );
}

}  // namespace simulator::test
