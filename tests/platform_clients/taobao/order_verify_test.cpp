#include "tests/platform_clients/taobao/params_support.hpp"

namespace gateway::taobao {
namespace {

using redemption::verdict;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

const client_method& verify() {
    return method_named("taobao.travel.ticket.order.verify");
}

constexpr std::string_view one_voucher =
    R"("voucher_infos":[{"confirm_code":"2516352","used_quantity":1}])";

std::string with(std::string_view members) {
    return R"({"order_id":12345678,)" + std::string(members) + '}';
}

std::string voucher_with(std::string_view members) {
    return with(R"("voucher_infos":[{)" + std::string(members) + "}]");
}

std::string vouchers(std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) {
        list += (i > 0 ? "," : "") + std::string(R"({"confirm_code":"c)") + std::to_string(i) +
                R"(","used_quantity":2147483647})";
    }
    return with(R"("write_off_type":1,"voucher_infos":[)" + list + ']');
}

std::string and_voucher(std::string_view members) {
    return with(std::string(one_voucher) + ',' + std::string(members));
}

class EveryVerifyRule : public ::testing::TestWithParam<rule> {};

TEST_P(EveryVerifyRule, NamesItsFaults) {
    EXPECT_EQ(fault_pointers(verify(), GetParam().params), GetParam().faults);
}

INSTANTIATE_TEST_SUITE_P(
    Good,
    EveryVerifyRule,
    ::testing::Values(
        rule{"OneVoucher", with(one_voucher), {}},
        rule{"OutOrderOnly", R"({"out_order_id":"x",)" + std::string(one_voucher) + '}', {}},
        rule{"OrderIdAsText", R"({"order_id":"1",)" + std::string(one_voucher) + '}', {}},
        rule{
            "NineteenDigits",
            R"({"order_id":9223372036854775807,)" + std::string(one_voucher) + '}',
            {}
        },
        rule{"OlderForm", with(R"("confirm_code":"2516352","check_num":1)"), {}},
        rule{
            "Everything",
            R"({"check_num":1,"order_id":12345678,"return_num":0,"total_num":1,)"
            R"("out_order_id":"12345","confirm_code":"2516352","voucher_infos":[)"
            R"({"confirm_code":"2516352","used_quantity":1,"used_date":"2020-01-11 14:00:00"}],)"
            R"("write_off_type":0})",
            {}
        },
        rule{
            "LeapDay",
            voucher_with(R"("confirm_code":"1","used_quantity":1,"used_date":"2024-02-29 23:59:59")"
            ),
            {}
        },
        rule{"NineHundredNinetyNine", vouchers(999), {}},
        rule{"CheckNumZeroBesideVouchers", and_voucher(R"("check_num":0)"), {}}
    ),
    [](const auto& row) { return row.param.name; }
);

INSTANTIATE_TEST_SUITE_P(
    Bad,
    EveryVerifyRule,
    ::testing::Values(
        rule{"NotAnObject", "7", {""}},
        rule{"Nothing", "{}", {"", ""}},
        rule{"NoOrder", '{' + std::string(one_voucher) + '}', {""}},
        rule{"NothingUsed", R"({"order_id":1})", {""}},
        rule{"CheckNumAlone", with(R"("check_num":1)"), {""}},
        rule{"ConfirmCodeAlone", with(R"("confirm_code":"1")"), {"/check_num"}},
        rule{"OlderFormWithZero", with(R"("confirm_code":"1","check_num":0)"), {"/check_num"}},
        rule{"OrderIdZero", R"({"order_id":0,)" + std::string(one_voucher) + '}', {"/order_id"}},
        rule{
            "OrderIdNegative", R"({"order_id":-1,)" + std::string(one_voucher) + '}', {"/order_id"}
        },
        rule{
            "OrderIdWords", R"({"order_id":"1x",)" + std::string(one_voucher) + '}', {"/order_id"}
        },
        rule{
            "OrderIdBeyond64Bits",
            R"({"order_id":9223372036854775808,)" + std::string(one_voucher) + '}',
            {"/order_id"}
        },
        rule{
            "OutOrderIdAsNumber",
            R"({"out_order_id":1,)" + std::string(one_voucher) + '}',
            {"/out_order_id"}
        },
        rule{"CheckNumNegative", and_voucher(R"("check_num":-1)"), {"/check_num"}},
        rule{"ReturnNumNegative", and_voucher(R"("return_num":-1)"), {"/return_num"}},
        rule{"TotalNumNegative", and_voucher(R"("total_num":-1)"), {"/total_num"}},
        rule{"TotalNumHuge", and_voucher(R"("total_num":2147483648)"), {"/total_num"}},
        rule{"WriteOffTypeTwo", and_voucher(R"("write_off_type":2)"), {"/write_off_type"}},
        rule{"WriteOffTypeTrue", and_voucher(R"("write_off_type":true)"), {"/write_off_type"}},
        rule{
            "SpacesAroundTexts",
            R"({"out_order_id":"17\u3000","confirm_code":"\ufeff1",)"
            R"("voucher_infos":[{"confirm_code":"2516352 ","used_quantity":1}]})",
            {"/out_order_id", "/confirm_code", "/voucher_infos/0/confirm_code"}
        },
        rule{"UnknownMember", and_voucher(R"("session":"x")"), {"/session"}},
        rule{"NoVoucher", with(R"("voucher_infos":[])"), {"/voucher_infos"}},
        rule{"AThousandVouchers", vouchers(1000), {"/voucher_infos"}},
        rule{"VoucherIsAText", with(R"("voucher_infos":["1"])"), {"/voucher_infos/0"}},
        rule{
            "VoucherEmpty",
            voucher_with(""),
            {"/voucher_infos/0/confirm_code", "/voucher_infos/0/used_quantity"}
        },
        rule{
            "QuantityZero",
            voucher_with(R"("confirm_code":"1","used_quantity":0)"),
            {"/voucher_infos/0/used_quantity"}
        },
        rule{
            "QuantityHuge",
            voucher_with(R"("confirm_code":"1","used_quantity":2147483648)"),
            {"/voucher_infos/0/used_quantity"}
        },
        rule{
            "DateWithoutTime",
            voucher_with(R"("confirm_code":"1","used_quantity":1,"used_date":"2020-01-11")"),
            {"/voucher_infos/0/used_date"}
        },
        rule{
            "DateWithT",
            voucher_with(R"("confirm_code":"1","used_quantity":1,"used_date":"2020-01-11T14:00:00")"
            ),
            {"/voucher_infos/0/used_date"}
        },
        rule{
            "DateNotInTheCalendar",
            voucher_with(R"("confirm_code":"1","used_quantity":1,"used_date":"2023-02-29 00:00:00")"
            ),
            {"/voucher_infos/0/used_date"}
        },
        rule{
            "HourTwentyFour",
            voucher_with(R"("confirm_code":"1","used_quantity":1,"used_date":"2020-01-11 24:00:00")"
            ),
            {"/voucher_infos/0/used_date"}
        },
        rule{
            "UnknownInVoucher",
            voucher_with(R"("confirm_code":"1","used_quantity":1,"x":1)"),
            {"/voucher_infos/0/x"}
        }
    ),
    [](const auto& row) { return row.param.name; }
);

TEST(OrderVerifyTerms, AreReplaySafeOnlyWithRunningTotals) {
    EXPECT_FALSE(good_terms(verify(), with(one_voucher)).replay_safe);
    EXPECT_FALSE(good_terms(verify(), and_voucher(R"("write_off_type":0)")).replay_safe);
    EXPECT_TRUE(good_terms(verify(), and_voucher(R"("write_off_type":1)")).replay_safe);
    EXPECT_TRUE(good_terms(verify(), and_voucher(R"("write_off_type":"1")")).replay_safe);
}

TEST(OrderVerifyTerms, NameTheOrderByEachOfItsIds) {
    EXPECT_THAT(
        good_terms(verify(), and_voucher(R"("out_order_id":"x9")")).orders,
        ElementsAre(
            redemption::order_key("order_id:12345678"), redemption::order_key("out_order_id:x9")
        )
    );
}

TEST(OrderVerifyTerms, HaveNoNaturalKey) {
    EXPECT_FALSE(good_terms(verify(), with(one_voucher)).natural);
}

auto totals_of(std::string_view params) {
    return good_terms(verify(), params).totals;
}

TEST(OrderVerifyTerms, CountNothingForSingleWriteOffs) {
    EXPECT_THAT(totals_of(and_voucher(R"("write_off_type":0)")), IsEmpty());
}

TEST(OrderVerifyTerms, SumTheQuantitiesOfEachCode) {
    const auto totals = totals_of(
        with(R"("write_off_type":1,"voucher_infos":[{"confirm_code":"a","used_quantity":2},)"
             R"({"confirm_code":"b","used_quantity":1},{"confirm_code":"a","used_quantity":3}])")
    );
    ASSERT_THAT(totals, SizeIs(2));
    EXPECT_EQ(totals[0].total, 5);
    EXPECT_EQ(totals[1].total, 1);
    EXPECT_NE(totals[0].subject, totals[1].subject);
    EXPECT_THAT(totals[0].subject, SizeIs(32));
}

TEST(OrderVerifyTerms, CountTheOlderFormLikeTheNewOne) {
    const auto older = totals_of(with(R"("write_off_type":1,"confirm_code":"a","check_num":4)"));
    const auto newer = totals_of(
        with(R"("write_off_type":1,"voucher_infos":[{"confirm_code":"a","used_quantity":7}])")
    );
    ASSERT_THAT(older, SizeIs(1));
    ASSERT_THAT(newer, SizeIs(1));
    EXPECT_EQ(older[0].subject, newer[0].subject);
    EXPECT_EQ(older[0].total, 4);
}

TEST(OrderVerifyTerms, FindTheSameTotalUnderEitherOrderId) {
    const auto both = totals_of(and_voucher(R"("write_off_type":1,"out_order_id":"x")"));
    const auto one = totals_of(and_voucher(R"("write_off_type":1)"));
    ASSERT_THAT(both, SizeIs(2));
    ASSERT_THAT(one, SizeIs(1));
    EXPECT_EQ(both[0].subject, one[0].subject);
    EXPECT_EQ(both[0].order, redemption::order_key("order_id:12345678"));
    EXPECT_EQ(both[1].order, redemption::order_key("out_order_id:x"));
    EXPECT_NE(both[0].subject, both[1].subject);
    EXPECT_EQ(both[0].code, both[1].code);
    EXPECT_NE(
        both[0].code,
        totals_of(with(R"("write_off_type":1,"confirm_code":"a","check_num":4)"))[0].code
    );
}

TEST(OrderVerifyTerms, SumWithoutOverflow) {
    std::string list;
    for (int i = 0; i < 999; ++i) {
        list +=
            (i > 0 ? "," : "") + std::string(R"({"confirm_code":"a","used_quantity":2147483647})");
    }
    const auto totals = totals_of(with(R"("write_off_type":1,"voucher_infos":[)" + list + ']'));
    ASSERT_THAT(totals, SizeIs(1));
    EXPECT_EQ(totals[0].total, 999LL * 2147483647LL);
}

TEST(OrderVerifyTerms, AreEqualForNumbersAndTheirText) {
    EXPECT_EQ(
        good_terms(verify(), R"({"order_id":"12345678",)" + std::string(one_voucher) + '}')
            .canonical.reveal(),
        good_terms(verify(), with(one_voucher)).canonical.reveal()
    );
}

TEST(OrderVerifyForm, HoldsEveryFieldInThePlatformsText) {
    EXPECT_THAT(
        form_fields(
            verify(),
            R"({"check_num":1,"order_id":"9223372036854775807","return_num":0,"total_num":1,)"
            R"("out_order_id":"12345","confirm_code":"2516352","voucher_infos":[)"
            R"({"used_date":"2020-01-11 14:00:00","confirm_code":"2516352","used_quantity":"1"}],)"
            R"("write_off_type":1})"
        ),
        UnorderedElementsAre(
            "order_id=9223372036854775807",
            "out_order_id=12345",
            "check_num=1",
            "return_num=0",
            "total_num=1",
            "confirm_code=2516352",
            "write_off_type=1",
            R"(voucher_infos=[{"confirm_code":"2516352","used_quantity":1,)"
            R"("used_date":"2020-01-11 14:00:00"}])"
        )
    );
}

TEST(OrderVerifyForm, NamesItsSecrets) {
    const auto form =
        verify().form(redemption::params_text(and_voucher(R"("confirm_code":"77","check_num":1)")));
    ASSERT_TRUE(form);
    EXPECT_THAT(revealed(form->secrets), UnorderedElementsAre("2516352", "77"));
}

TEST(OrderVerify, NeedsNoSessionAndLastsAMinute) {
    EXPECT_FALSE(verify().needs_session());
    EXPECT_EQ(verify().default_expires_in(), std::chrono::seconds(60));
}

redemption::attempt_outcome judged(std::string_view body) {
    return judge(verify(), read_body(verify().name(), body), false, no_secrets());
}

TEST(OrderVerifyAnswer, IsJudgedByIsSuccess) {
    struct row {
        const char* body;
        verdict expected;
        const char* result;
    };
    const row rows[] = {
        {R"({"is_success":true})", verdict::executed, R"({"is_success":true})"},
        {R"({"is_success":"true"})", verdict::executed, R"({"is_success":true})"},
        {R"({"is_success":false})", verdict::refused, R"({"is_success":false})"},
        {R"({"is_success":"false"})", verdict::refused, R"({"is_success":false})"},
        {R"({"travel_ticket_order_verify_response":{"is_success":true,"request_id":"r"}})",
         verdict::executed,
         R"({"is_success":true})"},
        {R"({"is_success":null})", verdict::ambiguous, ""},
        {R"({"is_success":1})", verdict::ambiguous, ""},
        {R"({"is_success":"yes"})", verdict::ambiguous, ""},
        {R"({"request_id":"r"})", verdict::ambiguous, ""},
        {"{}", verdict::ambiguous, ""},
    };
    for (const auto& one : rows) {
        SCOPED_TRACE(one.body);
        const auto outcome = judged(one.body);
        EXPECT_EQ(outcome.verdict, one.expected);
        EXPECT_EQ(outcome.result, one.result);
        EXPECT_THAT(outcome.phase, Eq(redemption::phase::answered));
    }
}

TEST(OrderVerifyAnswer, ErrorsGoByTheProtocolsTables) {
    const auto refused = judged(R"({"error_response":{"code":50,"msg":"Remote service error",)"
                                R"("sub_code":"isv.invalid-parameter","sub_msg":"非法参数"}})");
    EXPECT_EQ(refused.verdict, verdict::refused);
    EXPECT_EQ(
        judged(R"({"error_response":{"code":15,"sub_code":"isp.remote-service-timeout"}})").verdict,
        verdict::ambiguous
    );
}

}  // namespace
}  // namespace gateway::taobao
