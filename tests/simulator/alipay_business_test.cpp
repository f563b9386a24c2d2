#include <gtest/gtest.h>

#include "simulator/alipay/endpoint.hpp"
#include "simulator/base64.hpp"
#include "tests/simulator/requests.hpp"

namespace simulator::test {

namespace json = boost::json;

namespace {

class AlipayBusiness : public testing::Test {
protected:
    void use(const alipay_app& app) { endpoint_.emplace(std::vector{app}, ledger_); }

    json::object call(alipay_parameters given, const active_faults& faults = {}) {
        if (!endpoint_) {
            use(demo_alipay_app());
        }
        const auto request = alipay_post(signed_for_alipay(std::move(given)));
        const auto pending = endpoint_->receive(request, fixed_now());
        const auto root = json_of(pending->answer(faults, fixed_now()).response.body);
        return root.empty() ? json::object{} : root.begin()->value().as_object();
    }

    json::object use_voucher(
        std::string entity, std::string number, const active_faults& faults = {}
    ) {
        return call(use_parameters(std::move(entity), std::move(number)), faults);
    }

    static std::string sub_code(const json::object& node) {
        const auto* value = node.if_contains("sub_code");
        return value == nullptr ? "none" : std::string(value->as_string());
    }

    static std::string voucher(const json::object& node) {
        const auto* value = node.if_contains("voucher_id");
        return value == nullptr ? "none" : std::string(value->as_string());
    }

    std::int64_t executed() const {
        return ledger_.describe().at("executed").to_number<std::int64_t>();
    }

    effect_ledger ledger_{""};
    std::optional<alipay_endpoint> endpoint_;
};

}  // namespace

TEST_F(AlipayBusiness, AVoucherIdHasTwentyEightDigitsAndDependsOnTheCode) {
    const std::string first = voucher(use_voucher("E1", "A1"));
    const std::string second = voucher(use_voucher("E2", "A2"));
    EXPECT_EQ(first.size(), 28U);
    EXPECT_EQ(first.find_first_not_of("0123456789"), std::string::npos);
    EXPECT_NE(first, second);
}

TEST_F(AlipayBusiness, ARepeatedNumberIsReplayedAndNotExecutedAgain) {
    const std::string first = voucher(use_voucher("E1", "A1"));
    EXPECT_EQ(voucher(use_voucher("E1", "A1")), first);
    EXPECT_EQ(executed(), 1);
}

TEST_F(AlipayBusiness, ARepeatedNumberGetsTheConfiguredError) {
    alipay_app app = demo_alipay_app();
    app.duplicates = duplicate_answer::error;
    use(app);
    use_voucher("E1", "A1");
    EXPECT_EQ(sub_code(use_voucher("E1", "A1")), "DUPLICATE_REQUEST");
    EXPECT_EQ(executed(), 1);
}

TEST_F(AlipayBusiness, AFaultChoosesTheAnswerToARepeatedNumber) {
    use_voucher("E1", "A1");
    const auto empty = faults_of({R"({"fault":"duplicate-mode","mode":"empty"})"});
    EXPECT_EQ(voucher(use_voucher("E1", "A1", empty)), "");
    const auto error = faults_of({R"({"fault":"duplicate-mode","mode":"error"})"});
    EXPECT_EQ(sub_code(use_voucher("E1", "A1", error)), "DUPLICATE_REQUEST");
    EXPECT_EQ(executed(), 1);
}

TEST_F(AlipayBusiness, ANumberOfAnotherCodeIsRefused) {
    use_voucher("E1", "A1");
    EXPECT_EQ(sub_code(use_voucher("E2", "A1")), "REQUEST_PARAM_ILLEGAL");
    EXPECT_EQ(executed(), 1);
}

TEST_F(AlipayBusiness, ACodeIsRedeemedOnce) {
    alipay_app app = demo_alipay_app();
    app.used_entity_sub_code = "VOUCHER_USED";
    use(app);
    use_voucher("E1", "A1");
    EXPECT_EQ(sub_code(use_voucher("E1", "A2")), "VOUCHER_USED");
    EXPECT_EQ(executed(), 1);
}

TEST_F(AlipayBusiness, RefusesExpiredAndUnknownCodes) {
    EXPECT_EQ(sub_code(use_voucher("EXPIRED", "A1")), "VOUCHER_HAS_EXPIRED");
    EXPECT_EQ(sub_code(use_voucher("UNKNOWN", "A2")), "REQUEST_PARAM_ILLEGAL");
    EXPECT_EQ(executed(), 0);
}

struct fault_row {
    const char* rule;
    const char* code;
    const char* sub_code;
    int executed;
};

TEST_F(AlipayBusiness, AppliesExecutionFaults) {
    const fault_row rows[] = {
        {R"({"fault":"system-busy"})", "20000", "isp.unknow-error", 0},
        {R"({"fault":"system-busy","executed":true})", "20000", "isp.unknow-error", 1},
        {R"({"fault":"throttle"})", "40005", "isv.app-call-limited", 0},
        {R"({"fault":"throttle","form":"sla"})", "40004", "SLA_ERROR", 0},
        {R"({"fault":"business-code","code":"40004","sub_code":"DB_EXCEPTION"})",
         "40004",
         "DB_EXCEPTION",
         0},
        {R"({"fault":"business-code","code":"40004","sub_code":"DB_EXCEPTION","executed":true})",
         "40004",
         "DB_EXCEPTION",
         1},
        {R"({"fault":"empty-voucher-id"})", "10000", "none", 0},
        {R"({"fault":"garbage-body"})", "10000", "none", 1},
        {R"({"fault":"garbage-body","executed":false})", "10000", "none", 0},
        {R"({"fault":"http-status","status":502,"executed":true})", "10000", "none", 1},
    };
    for (const fault_row& row : rows) {
        SCOPED_TRACE(row.rule);
        ledger_.clear();
        const auto node = use_voucher("E1", "A1", faults_of({row.rule}));
        EXPECT_EQ(node.at("code").as_string(), row.code);
        EXPECT_EQ(sub_code(node), row.sub_code);
        EXPECT_EQ(executed(), row.executed);
    }
}

TEST_F(AlipayBusiness, ReturnsItsCertificatesBySn) {
    alipay_app app = demo_alipay_app();
    app.app_certificate = data_file("alipay/cert/appCertPublicKey.crt");
    app.platform_certificate = data_file("alipay/cert/alipayCertPublicKey_RSA2.crt");
    app.root_certificates = data_file("alipay/cert/alipayRootCert.crt");
    use(app);
    alipay_parameters given = use_parameters("", "");
    given["method"] = "alipay.open.app.alipaycert.download";
    given["app_cert_sn"] = "fecaa038ad922aaf1c102e50976bb8bf";
    given["alipay_root_cert_sn"] =
        "9a86fd65a625e2b0eb435a4410885055_0023629e0b567d46f6148831132b13a6";
    given["biz_content"] = R"({"alipay_cert_sn":"c1014b8d048c7d46ef66613395e7faf2"})";
    const auto node = call(given);
    EXPECT_EQ(
        base64_decode(std::string(node.at("alipay_cert_content").as_string())),
        app.platform_certificate
    );
    given["biz_content"] = R"({"alipay_cert_sn":"0"})";
    EXPECT_EQ(sub_code(call(given)), "isv.alipay-cert-not-exist");
}

}  // namespace simulator::test
