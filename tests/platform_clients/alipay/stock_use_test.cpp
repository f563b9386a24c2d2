#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <set>

#include "platform_clients/alipay/methods.hpp"
#include "tests/platform_clients/alipay/vectors.hpp"

namespace gateway::alipay {
namespace {

using redemption::terms;
using redemption::verdict;
using text::fault_list;

const client_method& method() {
    return *methods().front();
}

terms read(std::string_view params) {
    auto reading =
        method().read(redemption::params_text(std::string(params)), text::code_rule::checked);
    const auto* good = std::get_if<terms>(&reading);
    EXPECT_TRUE(good) << params;
    return good ? *good : terms();
}

std::set<std::string> faulty_pointers(std::string_view params) {
    std::set<std::string> pointers;
    auto reading =
        method().read(redemption::params_text(std::string(params)), text::code_rule::checked);
    if (const auto* faults = std::get_if<fault_list>(&reading)) {
        for (const auto& fault : *faults) {
            EXPECT_FALSE(fault.detail.empty());
            pointers.insert(fault.pointer);
        }
    }
    return pointers;
}

TEST(AlipayMethods, EveryMethodHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (const auto* each : methods()) {
        EXPECT_TRUE(names.insert(each->name()).second) << each->name().view();
        EXPECT_EQ(each->platform(), redemption::platform_kind::alipay);
    }
    EXPECT_TRUE(names.contains("alipay.marketing.voucher.stock.use"));
}

TEST(AlipayStockUse, PinsTheContentOfEveryAttempt) {
    const auto t =
        read(R"( { "out_biz_no": "0156468653835689006788030091", "entity_no": "A\u0042=\/券" } )");
    EXPECT_EQ(
        t.params.reveal(), R"({"entity_no":"AB=/券","out_biz_no":"0156468653835689006788030091"})"
    );
    EXPECT_EQ(t.canonical.reveal(), t.params.reveal());
    EXPECT_EQ(t.natural, redemption::natural_key("0156468653835689006788030091"));
    EXPECT_TRUE(t.replay_safe);
    EXPECT_TRUE(t.orders.empty());
    EXPECT_EQ(method().default_expires_in(), std::chrono::seconds(60));
}

// The wish of a caller, complete.
terms completed(
    std::string_view params,
    const std::string& app = "alipay:1",
    const std::string& caller = "pos",
    const std::string& key = "key"
) {
    auto wish = read(params);
    method().complete(
        wish,
        {redemption::platform_identity(app),
         redemption::caller_name(caller),
         redemption::idempotency_key(key)}
    );
    return wish;
}

TEST(AlipayStockUse, DerivesTheSameNumberOfTheSameWishForEver) {
    const std::string number = "c4452cc6517e63786c388ded023f76f4";
    const auto t = completed(R"({"entity_no":"A"})");
    EXPECT_EQ(t.canonical.reveal(), R"({"entity_no":"A"})");
    EXPECT_EQ(t.params.reveal(), R"({"entity_no":"A","out_biz_no":")" + number + "\"}");
    EXPECT_EQ(t.natural, redemption::natural_key(number));
    // What the journal kept reads back as the same content.
    EXPECT_EQ(read(t.params.reveal()).params.reveal(), t.params.reveal());
    EXPECT_EQ(completed(R"( {"entity_no" : "\u0041"} )").natural, t.natural);
    EXPECT_EQ(
        completed(R"({"entity_no":"A","out_biz_no":"B"})").natural, redemption::natural_key("B")
    );
}

TEST(AlipayStockUse, DerivesAnotherNumberOfAnotherWish) {
    const auto number = completed(R"({"entity_no":"A"})").natural;
    EXPECT_NE(completed(R"({"entity_no":"B"})").natural, number);
    EXPECT_NE(completed(R"({"entity_no":"A"})", "alipay:2").natural, number);
    EXPECT_NE(completed(R"({"entity_no":"A"})", "alipay:1", "web").natural, number);
    EXPECT_NE(completed(R"({"entity_no":"A"})", "alipay:1", "pos", "other").natural, number);
    EXPECT_NE(completed(R"({"entity_no":"A"})", "alipay:1", "po", "skey").natural, number);
}

TEST(AlipayStockUse, TakesTextUpToItsLimits) {
    const std::string longest(128, 'x');
    read(R"({"entity_no":")" + longest + R"(","out_biz_no":")" + longest + "\"}");
    std::string wide;
    for (int i = 0; i < 128; ++i) {
        wide += "券";
    }
    read(R"({"entity_no":")" + wide + "\"}");
}

TEST(AlipayStockUse, NamesEveryFaultOfItsParameters) {
    const std::string too_long(129, 'x');
    const struct {
        const char* name;
        std::string params;
        std::set<std::string> pointers;
    } rows[] = {
        {"not an object", "[]", {""}},
        {"not JSON", "{", {""}},
        {"empty", "{}", {"/entity_no"}},
        {"a code of no length", R"({"entity_no":""})", {"/entity_no"}},
        {"a blank code", R"({"entity_no":"  "})", {"/entity_no"}},
        {"a code with a space behind it", R"({"entity_no":"A "})", {"/entity_no"}},
        {"a code with an invisible character", R"({"entity_no":"A\u200b1"})", {"/entity_no"}},
        {"a code with a line break", R"({"entity_no":"a\nb"})", {"/entity_no"}},
        {"a number for a code", R"({"entity_no":5})", {"/entity_no"}},
        {"null for a code", R"({"entity_no":null})", {"/entity_no"}},
        {"a code too long", R"({"entity_no":")" + too_long + "\"}", {"/entity_no"}},
        {"a number with a dash", R"({"entity_no":"A","out_biz_no":"a-b"})", {"/out_biz_no"}},
        {"a Chinese number", R"({"entity_no":"A","out_biz_no":"券"})", {"/out_biz_no"}},
        {"an empty number", R"({"entity_no":"A","out_biz_no":""})", {"/out_biz_no"}},
        {"a number too long",
         R"({"entity_no":"A","out_biz_no":")" + too_long + "\"}",
         {"/out_biz_no"}},
        {"an unknown member", R"({"entity_no":"A","entity":"B"})", {"/entity"}},
        {"everything at once",
         R"({"entity_no":1,"out_biz_no":2,"a/b":3})",
         {"/entity_no", "/out_biz_no", "/a~1b"}},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(faulty_pointers(row.params), row.pointers) << row.name;
    }
}

TEST(AlipayStockUse, OnlyAVoucherIdOfTwentyEightConfirms) {
    const struct {
        const char* name;
        std::string node;
        enum verdict verdict;
    } rows[] = {
        {"28", R"({"voucher_id":"0156468653835689006788030091"})", verdict::executed},
        {"absent", "{}", verdict::not_executed},
        {"empty", R"({"voucher_id":""})", verdict::not_executed},
        {"null", R"({"voucher_id":null})", verdict::not_executed},
        {"27", R"({"voucher_id":"015646865383568900678803009"})", verdict::ambiguous},
        {"29", R"({"voucher_id":"01564686538356890067880300912"})", verdict::ambiguous},
        {"a number", R"({"voucher_id":1564686538356890067})", verdict::ambiguous},
        {"an object", R"({"voucher_id":{}})", verdict::ambiguous},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto reading = method().read_success(boost::json::parse(row.node).as_object(), false);
        EXPECT_EQ(reading.verdict, row.verdict);
        const bool executed = row.verdict == verdict::executed;
        EXPECT_EQ(reading.result, executed ? row.node : "");
        EXPECT_EQ(reading.detail.view().empty(), executed);
    }
}

}  // namespace
}  // namespace gateway::alipay
