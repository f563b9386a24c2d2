#include "tests/platform_clients/taobao/params_support.hpp"

namespace gateway::taobao {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const client_method& ma_send() {
    return method_named("taobao.eticket.merchant.ma.send");
}

// A wish with the given members behind the two that are always needed.
std::string with(std::string_view more) {
    return R"({"outer_id":"1753340805138544","token":"31231231231",)" + std::string(more) + '}';
}

std::string with_codes(std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) {
        list +=
            (i > 0 ? "," : "") + std::string(R"({"code":"c)") + std::to_string(i) + R"(","num":1})";
    }
    return with(R"("isv_ma_list":[)" + list + ']');
}

constexpr std::string_view one_code = R"("isv_ma_list":[{"code":"abc123","num":1}])";
constexpr std::string_view one_card = R"("isv_ka_list":{"ka_no":"1a2b","ka_mi":"abc~def"})";

std::string code_with(std::string_view members) {
    return with(R"("isv_ma_list":[{)" + std::string(members) + "}]");
}

std::optional<call_form> form_of(std::string recorded) {
    return ma_send().form(redemption::params_text(std::move(recorded)));
}

std::string card_with(std::string_view members, std::string_view more = "") {
    return with(
        R"("certificate_type":1,"isv_ka_list":{)" + std::string(members) + "}" + std::string(more)
    );
}

class EverySendRule : public ::testing::TestWithParam<rule> {};

TEST_P(EverySendRule, NamesItsFaults) {
    EXPECT_EQ(fault_pointers(ma_send(), GetParam().params), GetParam().faults);
}

using faults = std::vector<std::string>;

INSTANTIATE_TEST_SUITE_P(
    Good,
    EverySendRule,
    ::testing::Values(
        rule{"OneCode", with(one_code), {}},
        rule{"TypeZeroSaid", with(std::string(one_code) + R"(,"certificate_type":0)"), {}},
        rule{"TypeAsText", with(std::string(one_code) + R"(,"certificate_type":"0")"), {}},
        rule{"BizType", with(std::string(one_code) + R"(,"biz_type":3001)"), {}},
        rule{"CardBesideCodes", with(std::string(one_code) + ',' + std::string(one_card)), {}},
        rule{"EmptyOtherList", card_with(R"("ka_no":"1","ka_mi":"2")", R"(,"isv_ma_list":[])"), {}},
        rule{"NullMember", with(std::string(one_code) + R"(,"biz_type":null)"), {}},
        rule{"NullInCode", code_with(R"("code":"a","num":1,"qr_image":null)"), {}},
        rule{"NullCard", with(std::string(one_code) + R"(,"isv_ka_list":null)"), {}},
        rule{"BizTypeAsText", with(std::string(one_code) + R"(,"biz_type":"3001")"), {}},
        rule{"PictureName", code_with(R"("code":"a","num":2,"qr_image":"111.png")"), {}},
        rule{"NumAsText", code_with(R"("code":"a","num":"2")"), {}},
        rule{"TwoHundredCodes", with_codes(200), {}},
        rule{"Card", with(R"("certificate_type":1,)" + std::string(one_card)), {}},
        rule{"CardWithNum", card_with(R"("ka_no":"1","ka_mi":"2","num":3)"), {}},
        rule{
            "GroupedCard",
            card_with(R"("ka_no":"1","ka_mi":"a~b~c")", R"(,"group_redeem":true)"),
            {}
        },
        rule{"GroupOfOne", card_with(R"("ka_no":"1","ka_mi":"a")", R"(,"group_redeem":true)"), {}},
        rule{"TildesWithoutGroup", card_with(R"("ka_no":"1","ka_mi":"~a~~")"), {}},
        rule{"GroupFalseWithCodes", with(std::string(one_code) + R"(,"group_redeem":false)"), {}},
        rule{"Emoji", code_with(R"("code":"码😀","num":1)"), {}}
    ),
    [](const auto& row) { return row.param.name; }
);

INSTANTIATE_TEST_SUITE_P(
    Bad,
    EverySendRule,
    ::testing::Values(
        rule{"NotAnObject", "[]", {""}},
        rule{"NotJson", "{", {""}},
        rule{"Nothing", "{}", {"/outer_id", "/token", "/isv_ma_list"}},
        rule{
            "BlankTexts",
            R"({"outer_id":" ","token":"",)" + std::string(one_code) + '}',
            {"/outer_id", "/token"}
        },
        rule{
            "OuterIdAsNumber",
            R"({"outer_id":1753340805138544,"token":"1",)" + std::string(one_code) + '}',
            {"/outer_id"}
        },
        rule{"BizTypeZero", with(std::string(one_code) + R"(,"biz_type":0)"), {"/biz_type"}},
        rule{"BizTypeText", with(std::string(one_code) + R"(,"biz_type":"x")"), {"/biz_type"}},
        rule{
            "BizTypeBeyond64Bits",
            with(std::string(one_code) + R"(,"biz_type":9223372036854775808)"),
            {"/biz_type"}
        },
        rule{
            "TypeTwo",
            with(std::string(one_code) + R"(,"certificate_type":2)"),
            {"/certificate_type"}
        },
        rule{"UnknownMember", with(std::string(one_code) + R"(,"extra":1)"), {"/extra"}},
        rule{"NoList", with(R"("biz_type":3001)"), {"/isv_ma_list"}},
        rule{"NoCodeAtAll", with(R"("isv_ma_list":[])"), {"/isv_ma_list"}},
        rule{"TwoHundredAndOneCodes", with_codes(201), {"/isv_ma_list"}},
        rule{"ListIsAnObject", with(R"("isv_ma_list":{"code":"a","num":1})"), {"/isv_ma_list"}},
        rule{"CodeIsAText", with(R"("isv_ma_list":["abc"])"), {"/isv_ma_list/0"}},
        rule{"CodeMissing", code_with(R"("num":1)"), {"/isv_ma_list/0/code"}},
        rule{"CodeEmpty", code_with(R"("code":"","num":1)"), {"/isv_ma_list/0/code"}},
        rule{"CodeAsNumber", code_with(R"("code":5,"num":1)"), {"/isv_ma_list/0/code"}},
        rule{"CodeWithLineBreak", code_with(R"("code":"a\nb","num":1)"), {"/isv_ma_list/0/code"}},
        rule{"NumMissing", code_with(R"("code":"a")"), {"/isv_ma_list/0/num"}},
        rule{"NumZero", code_with(R"("code":"a","num":0)"), {"/isv_ma_list/0/num"}},
        rule{"NumNegative", code_with(R"("code":"a","num":-1)"), {"/isv_ma_list/0/num"}},
        rule{"NumBroken", code_with(R"("code":"a","num":1.5)"), {"/isv_ma_list/0/num"}},
        rule{"NumHuge", code_with(R"("code":"a","num":2147483648)"), {"/isv_ma_list/0/num"}},
        rule{
            "PictureEmpty",
            code_with(R"("code":"a","num":1,"qr_image":"")"),
            {"/isv_ma_list/0/qr_image"}
        },
        rule{"UnknownInCode", code_with(R"("code":"a","num":1,"x":1)"), {"/isv_ma_list/0/x"}},
        rule{
            "EveryFaultAtOnce",
            R"({"token":"","biz_type":-1,"isv_ma_list":[{"code":"a","num":1},{"num":0}],"x":1})",
            {"/outer_id", "/token", "/biz_type", "/isv_ma_list/1/code", "/isv_ma_list/1/num", "/x"}
        },
        rule{"CardWithoutItsType", with(one_card), {"/isv_ma_list"}},
        rule{
            "CodesWithCardType",
            with(R"("certificate_type":1,)" + std::string(one_code)),
            {"/isv_ka_list"}
        },
        rule{
            "OtherListOfAnotherForm",
            card_with(R"("ka_no":"1","ka_mi":"2")", R"(,"isv_ma_list":[{"code":1,"x":1},2])"),
            {"/isv_ma_list/0/code", "/isv_ma_list/0/x", "/isv_ma_list/1"}
        },
        rule{
            "SpacesAroundTexts",
            R"({"outer_id":"17 ","token":" t","isv_ma_list":[{"code":"a ","num":1,"qr_image":"　p"}]})",
            {"/outer_id", "/token", "/isv_ma_list/0/code", "/isv_ma_list/0/qr_image"}
        },
        rule{
            "InvisibleInCard",
            card_with(R"("ka_no":"1​","ka_mi":"a﻿~b")"),
            {"/isv_ka_list/ka_no", "/isv_ka_list/ka_mi"}
        },
        rule{"CardTypeAlone", with(R"("certificate_type":1)"), {"/isv_ka_list"}},
        rule{
            "CardAsList",
            with(R"("certificate_type":1,"isv_ka_list":[{"ka_no":"1","ka_mi":"2"}])"),
            {"/isv_ka_list"}
        },
        rule{"CardEmpty", card_with(""), {"/isv_ka_list/ka_no", "/isv_ka_list/ka_mi"}},
        rule{"CardNumZero", card_with(R"("ka_no":"1","ka_mi":"2","num":0)"), {"/isv_ka_list/num"}},
        rule{"UnknownInCard", card_with(R"("ka_no":"1","ka_mi":"2","x":1)"), {"/isv_ka_list/x"}},
        rule{
            "GroupWithEmptyMiddle",
            card_with(R"("ka_no":"1","ka_mi":"a~~b")", R"(,"group_redeem":true)"),
            {"/isv_ka_list/ka_mi"}
        },
        rule{
            "GroupWithEmptyStart",
            card_with(R"("ka_no":"1","ka_mi":"~a")", R"(,"group_redeem":true)"),
            {"/isv_ka_list/ka_mi"}
        },
        rule{
            "GroupWithEmptyEnd",
            card_with(R"("ka_no":"1","ka_mi":"a~")", R"(,"group_redeem":true)"),
            {"/isv_ka_list/ka_mi"}
        },
        rule{
            "GroupAsText",
            card_with(R"("ka_no":"1","ka_mi":"a")", R"(,"group_redeem":"true")"),
            {"/group_redeem"}
        },
        rule{
            "GroupWithCodes",
            with(std::string(one_code) + R"(,"group_redeem":true)"),
            {"/group_redeem"}
        }
    ),
    [](const auto& row) { return row.param.name; }
);

TEST(MaSendTerms, NameTheOrderAndTheNaturalKey) {
    const auto terms = good_terms(ma_send(), with(one_code));
    EXPECT_EQ(terms.natural, redemption::natural_key("1753340805138544:3001"));
    EXPECT_THAT(terms.orders, ElementsAre(redemption::order_key("outer_id:1753340805138544")));
    EXPECT_TRUE(terms.replay_safe);
    EXPECT_THAT(terms.totals, IsEmpty());
}

TEST(MaSendTerms, TakeTheDefaultBusinessTypeForThatType) {
    const auto given = good_terms(ma_send(), with(std::string(one_code) + R"(,"biz_type":3001)"));
    EXPECT_EQ(given.natural, good_terms(ma_send(), with(one_code)).natural);
    const auto other = good_terms(ma_send(), with(std::string(one_code) + R"(,"biz_type":"7")"));
    EXPECT_EQ(other.natural, redemption::natural_key("1753340805138544:7"));
}

TEST(MaSendTerms, AreEqualForEqualWishes) {
    const auto one = good_terms(
        ma_send(), R"({"token":"t","isv_ma_list":[{"num":"1","code":"a"}],"outer_id":"o"})"
    );
    const auto two = good_terms(
        ma_send(), R"( {"outer_id":"o", "token":"t", "isv_ma_list":[{"code":"a","num":1}]} )"
    );
    EXPECT_EQ(one.canonical.reveal(), two.canonical.reveal());
    EXPECT_EQ(one.params.reveal(), two.params.reveal());
    const auto three = good_terms(
        ma_send(), R"({"outer_id":"o","token":"t","isv_ma_list":[{"code":"b","num":1}]})"
    );
    EXPECT_NE(one.canonical.reveal(), three.canonical.reveal());
}

TEST(MaSendForm, HoldsCodesAsCompactJson) {
    EXPECT_THAT(
        form_fields(
            ma_send(),
            with(
                R"("biz_type":"3001","certificate_type":0,"isv_ma_list":[{"num":1,"code":"abc123"},)"
                R"({"qr_image":"111.png","code":"码/\"😀","num":"2"}])"
            )
        ),
        UnorderedElementsAre(
            "outer_id=1753340805138544",
            "token=31231231231",
            "biz_type=3001",
            "certificate_type=0",
            R"(isv_ma_list=[{"code":"abc123","num":1},)"
            R"({"code":"码/\"😀","num":2,"qr_image":"111.png"}])"
        )
    );
}

TEST(MaSendForm, HoldsOnlyWhatWasGiven) {
    EXPECT_THAT(
        form_fields(ma_send(), with(one_code)),
        UnorderedElementsAre(
            "outer_id=1753340805138544",
            "token=31231231231",
            R"(isv_ma_list=[{"code":"abc123","num":1}])"
        )
    );
}

TEST(MaSendForm, HoldsACardAsOneObjectWithItsNumber) {
    EXPECT_THAT(
        form_fields(
            ma_send(), card_with(R"("ka_mi":"abc~def","ka_no":"1a2b")", R"(,"group_redeem":true)")
        ),
        UnorderedElementsAre(
            "outer_id=1753340805138544",
            "token=31231231231",
            "certificate_type=1",
            "group_redeem=true",
            R"(isv_ka_list={"ka_no":"1a2b","ka_mi":"abc~def","num":1})"
        )
    );
}

// The request sample of the platform's own document.
TEST(MaSendForm, PassesOnTheListThatTheTypeDoesNotNeedAsGiven) {
    const auto sample =
        with(R"("biz_type":3001,"isv_ma_list":[{"code":"abc123","num":1,"qr_image":"111.png"}],)"
             R"("isv_ka_list":{"ka_no":"1a2b3c4d","ka_mi":"abc12345678","num":1},)"
             R"("certificate_type":1,"group_redeem":true)");
    EXPECT_THAT(
        form_fields(ma_send(), sample),
        UnorderedElementsAre(
            "outer_id=1753340805138544",
            "token=31231231231",
            "biz_type=3001",
            "certificate_type=1",
            "group_redeem=true",
            R"(isv_ma_list=[{"code":"abc123","num":1,"qr_image":"111.png"}])",
            R"(isv_ka_list={"ka_no":"1a2b3c4d","ka_mi":"abc12345678","num":1})"
        )
    );
    const auto form = form_of(sample);
    ASSERT_TRUE(form);
    EXPECT_THAT(
        revealed(form->secrets),
        UnorderedElementsAre("31231231231", "abc123", "1a2b3c4d", "abc12345678", "abc12345678")
    );
    EXPECT_THAT(
        form_fields(ma_send(), with(std::string(one_code) + R"(,"isv_ka_list":{"ka_no":"1a"})")),
        UnorderedElementsAre(
            "outer_id=1753340805138544",
            "token=31231231231",
            R"(isv_ma_list=[{"code":"abc123","num":1}])",
            R"(isv_ka_list={"ka_no":"1a"})"
        )
    );
}

TEST(MaSendForm, ReadsWhatAnEarlierVersionAccepted) {
    EXPECT_TRUE(form_of(R"({"outer_id":"17 ","token":"t","isv_ma_list":[{"code":" a","num":1}]})"));
}

TEST(MaSendTerms, ANullMemberIsAsAbsent) {
    const auto with_null = good_terms(
        ma_send(), with(std::string(one_code) + R"(,"biz_type":null,"isv_ka_list":null)")
    );
    EXPECT_EQ(
        with_null.canonical.reveal(), good_terms(ma_send(), with(one_code)).canonical.reveal()
    );
}

TEST(MaSendForm, NamesItsSecrets) {
    const auto codes = form_of(with(R"("isv_ma_list":[{"code":"a\"b","num":1}])"));
    ASSERT_TRUE(codes);
    EXPECT_THAT(revealed(codes->secrets), UnorderedElementsAre("31231231231", "a\"b"));
    const auto card =
        form_of(card_with(R"("ka_no":"1a","ka_mi":"x~y")", R"(,"group_redeem":true)"));
    ASSERT_TRUE(card);
    EXPECT_THAT(
        revealed(card->secrets), UnorderedElementsAre("31231231231", "1a", "x~y", "x", "y")
    );
}

TEST(MaSendForm, RefusesTextThatIsNotItsTerms) {
    EXPECT_FALSE(form_of("{}"));
    EXPECT_FALSE(form_of("broken"));
}

TEST(MaSend, NeedsASessionAndADay) {
    EXPECT_TRUE(ma_send().needs_session());
    EXPECT_EQ(ma_send().default_expires_in(), std::chrono::hours(24));
    EXPECT_EQ(ma_send().platform(), redemption::platform_kind::taobao);
}

}  // namespace
}  // namespace gateway::taobao
