#include <gtest/gtest.h>

#include "simulator/taobao/endpoint.hpp"
#include "tests/simulator/requests.hpp"

namespace simulator::test {

namespace {

class TaobaoBusiness : public testing::Test {
protected:
    void use(taobao_app app) { endpoint_.emplace(std::vector{std::move(app)}, ledger_); }

    boost::json::object call(parameters given, const active_faults& faults = {}) {
        if (!endpoint_) {
            use(demo_taobao_app());
        }
        const auto request = taobao_post(signed_for_taobao(std::move(given)));
        const auto pending = endpoint_->receive(request, fixed_now());
        return json_of(pending->answer(faults, fixed_now()).response.body);
    }

    static std::string sub_code(const boost::json::object& root) {
        const auto* error = root.if_contains("error_response");
        return error == nullptr ? "none" : std::string(error->at("sub_code").as_string());
    }

    static parameters verify(std::string type, std::string quantity, std::string code = "2516352") {
        parameters given = verify_parameters();
        given["write_off_type"] = std::move(type);
        given["voucher_infos"] =
            R"([{"confirm_code":")" + code + R"(","used_quantity":)" + quantity + "}]";
        return given;
    }

    std::int64_t executed() const {
        return ledger_.describe().at("executed").to_number<std::int64_t>();
    }

    effect_ledger ledger_{""};
    std::optional<taobao_endpoint> endpoint_;
};

}  // namespace

TEST_F(TaobaoBusiness, CodesOfAnOrderAreSentOnce) {
    EXPECT_TRUE(call(send_parameters()).contains("eticket_merchant_ma_send_response"));
    EXPECT_EQ(sub_code(call(send_parameters())), "isv.eticket-send-error:code-alreay-send");
    EXPECT_EQ(executed(), 1);
}

TEST_F(TaobaoBusiness, ABizTypeHasItsOwnSend) {
    call(send_parameters());
    parameters given = send_parameters();
    given["biz_type"] = "3002";
    EXPECT_EQ(sub_code(call(given)), "none");
    given["biz_type"] = "3001";
    EXPECT_EQ(sub_code(call(given)), "isv.eticket-send-error:code-alreay-send");
}

TEST_F(TaobaoBusiness, AlreadySentUsesTheConfiguredField) {
    taobao_app app = demo_taobao_app();
    app.already_sent = already_sent_field::ret_code;
    use(app);
    call(send_parameters());
    const auto answer = call(send_parameters());
    EXPECT_EQ(
        answer.at("eticket_merchant_ma_send_response").at("ret_code").as_string(),
        "isv.eticket-send-error:code-alreay-send"
    );
}

TEST_F(TaobaoBusiness, ConfiguredOrdersCheckTokenAndState) {
    taobao_app app = demo_taobao_app();
    app.orders = {
        {.id = "1753340805138544", .out_order_id = {}, .token = "right", .total_num = {}},
        {.id = "410", .out_order_id = {}, .token = {}, .total_num = {}, .closed = true},
        {.id = "404", .out_order_id = {}, .token = {}, .total_num = {}, .missing = true},
    };
    use(app);
    parameters given = send_parameters();
    EXPECT_EQ(sub_code(call(given)), "isv.eticket-token-error:invalid-token");
    given["outer_id"] = "410";
    EXPECT_EQ(sub_code(call(given)), "isv.eticket-order-status-error:invalid-order-status");
    given["outer_id"] = "404";
    EXPECT_EQ(sub_code(call(given)), "isv.eticket-order-not-found:invalid-orderid");
    EXPECT_EQ(executed(), 0);
}

TEST_F(TaobaoBusiness, AnOrderAdmitsOneCallAtATime) {
    use(demo_taobao_app());
    const auto request = taobao_post(signed_for_taobao(send_parameters()));
    const auto first = endpoint_->receive(request, fixed_now());
    const auto second = endpoint_->receive(request, fixed_now());
    const auto refused = json_of(second->answer({}, fixed_now()).response.body);
    EXPECT_EQ(sub_code(refused), "isv.eticket-service-unavailable:order-is-processing");
    EXPECT_EQ(sub_code(json_of(first->answer({}, fixed_now()).response.body)), "none");
    EXPECT_EQ(sub_code(call(send_parameters())), "isv.eticket-send-error:code-alreay-send");
}

TEST_F(TaobaoBusiness, TypeZeroAddsEveryCall) {
    EXPECT_EQ(sub_code(call(verify("0", "1"))), "none");
    EXPECT_EQ(sub_code(call(verify("0", "1"))), "none");
    EXPECT_EQ(executed(), 2);
    const auto last = ledger_.effects_of("taobao.travel.ticket.order.verify", "12345678").back();
    EXPECT_EQ(last->detail.at("totals").at("2516352").as_int64(), 2);
}

TEST_F(TaobaoBusiness, TypeOneSetsTheTotalAndIsRepeatable) {
    EXPECT_EQ(sub_code(call(verify("1", "2"))), "none");
    EXPECT_EQ(sub_code(call(verify("1", "2"))), "none");
    EXPECT_EQ(executed(), 1);
    EXPECT_EQ(sub_code(call(verify("1", "3"))), "none");
    EXPECT_EQ(executed(), 2);
}

TEST_F(TaobaoBusiness, ATypeOneTotalNeverFalls) {
    call(verify("1", "3"));
    EXPECT_EQ(sub_code(call(verify("1", "2"))), "isv.invalid-parameter");
    EXPECT_EQ(executed(), 1);
}

TEST_F(TaobaoBusiness, RefusesMoreTicketsThanTheOrderHas) {
    parameters given = verify("0", "2");
    given["total_num"] = "3";
    EXPECT_EQ(sub_code(call(given)), "none");
    EXPECT_EQ(sub_code(call(given)), "isv.invalid-parameter");
    parameters other_code = verify("0", "1", "other");
    other_code["total_num"] = "3";
    EXPECT_EQ(sub_code(call(other_code)), "none");
    EXPECT_EQ(executed(), 2);
}

TEST_F(TaobaoBusiness, BothNumbersOfAnOrderIdentifyIt) {
    taobao_app app = demo_taobao_app();
    app.orders = {{.id = "12345678", .out_order_id = "12345", .token = {}, .total_num = 1}};
    use(app);
    EXPECT_EQ(sub_code(call(verify("0", "1"))), "none");
    parameters given = verify("0", "1");
    given.erase("order_id");
    given["out_order_id"] = "12345";
    EXPECT_EQ(sub_code(call(given)), "isv.invalid-parameter");
}

TEST_F(TaobaoBusiness, SystemBusyHidesWhetherTheCallExecuted) {
    const auto before = faults_of({R"({"fault":"system-busy"})"});
    EXPECT_EQ(sub_code(call(send_parameters(), before)), "isp.top-remote-connection-timeout");
    EXPECT_EQ(executed(), 0);
    const auto after = faults_of({R"({"fault":"system-busy","executed":true})"});
    EXPECT_EQ(sub_code(call(send_parameters(), after)), "isp.top-remote-connection-timeout");
    EXPECT_EQ(executed(), 1);
}

TEST_F(TaobaoBusiness, AnInjectedCodeDoesNotExecute) {
    const auto injected = faults_of(
        {R"({"fault":"business-code","code":"50","sub_code":"isv.invalid-parameter","sub_msg":"x"})"
        }
    );
    const auto answer = call(send_parameters(), injected);
    EXPECT_EQ(answer.at("error_response").at("code").as_int64(), 50);
    EXPECT_EQ(sub_code(answer), "isv.invalid-parameter");
    EXPECT_EQ(executed(), 0);
}

TEST_F(TaobaoBusiness, AThrottleCarriesTheBansTime) {
    const auto answer = call(send_parameters(), faults_of({R"({"fault":"throttle","ban_s":7})"}));
    EXPECT_EQ(answer.at("error_response").at("code").as_int64(), 7);
    EXPECT_EQ(
        answer.at("error_response").at("sub_msg").as_string(),
        "This ban will last for 7 more seconds"
    );
    EXPECT_EQ(executed(), 0);
}

}  // namespace simulator::test
