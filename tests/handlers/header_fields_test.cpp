#include <gtest/gtest.h>

#include "handlers/idempotency_key.hpp"
#include "handlers/media_type.hpp"
#include "handlers/prefer.hpp"

namespace gateway::handlers {
namespace {

using std::chrono::seconds;

std::string key_or_fault(std::string_view value) {
    const auto reading = read_idempotency_key(value);
    const auto* key = std::get_if<redemption::idempotency_key>(&reading);
    return key ? key->str() : "!" + std::string(std::get<key_fault>(reading).detail);
}

TEST(IdempotencyKey, TakesBareAndQuotedSpellingsOfOneKey) {
    struct row {
        const char* name;
        std::string value;
        std::string key;
    };
    const row rows[] = {
        {"bare", "abc-123", "abc-123"},
        {"quoted", "\"abc-123\"", "abc-123"},
        {"quoted with escapes", R"("a\"b\\c")", R"(a"b\c)"},
        {"bare with a quote inside", "a\"b", "a\"b"},
        {"all punctuation", "!#$%&'()*+,-./:;<=>?@[]^_`{|}~", "!#$%&'()*+,-./:;<=>?@[]^_`{|}~"},
        {"255 characters", std::string(255, 'k'), std::string(255, 'k')},
        {"255 characters in quotes", '"' + std::string(255, 'k') + '"', std::string(255, 'k')},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(key_or_fault(row.value), row.key);
    }
}

TEST(IdempotencyKey, RefusesWhatIsNoKey) {
    struct row {
        const char* name;
        std::string value;
    };
    const row rows[] = {
        {"empty", ""},
        {"empty in quotes", "\"\""},
        {"a lone quote", "\""},
        {"an open quote", "\"abc"},
        {"something behind the quotes", "\"abc\";x=1"},
        {"a quote inside quotes", "\"a\"b\""},
        {"an escape of another character", R"("a\bc")"},
        {"an escape at the end", R"("abc\")"},
        {"a space", "a b"},
        {"a space in quotes", "\"a b\""},
        {"a control character", "a\x01"},
        {"not ASCII", "schl\xC3\xBCssel"},
        {"256 characters", std::string(256, 'k')},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_TRUE(key_or_fault(row.value).starts_with('!')) << key_or_fault(row.value);
    }
}

TEST(IdempotencyKey, MustStandInTheHeaderOnce) {
    const auto none = read_idempotency_key(net::header_list{});
    EXPECT_TRUE(std::get<key_fault>(none).missing);
    const auto twice =
        read_idempotency_key(net::header_list{{"Idempotency-Key", "a"}, {"idempotency-key", "a"}});
    ASSERT_TRUE(std::holds_alternative<key_fault>(twice));
    EXPECT_FALSE(std::get<key_fault>(twice).missing);
}

struct prefer_row {
    const char* name;
    std::string value;
    std::optional<seconds> wait;
    bool respond_async;
};

TEST(Prefer, ReadsWhatRfc7240Allows) {
    const prefer_row rows[] = {
        {"nothing", "", {}, false},
        {"a wait", "wait=5", seconds(5), false},
        {"no wait at all", "wait=0", seconds(0), false},
        {"in capitals", "WAIT=5", seconds(5), false},
        {"blanks around the equals sign", "wait = 5", seconds(5), false},
        {"quoted", "wait=\"7\"", seconds(7), false},
        {"more than 60", "wait=61", seconds(60), false},
        {"more than any number holds", "wait=99999999999999999999999", seconds(60), false},
        {"asynchronously", "respond-async", {}, true},
        {"both", "respond-async, wait=3", seconds(3), true},
        {"both with parameters", "respond-async; x=1, wait=3;y=\"a,wait=9\"", seconds(3), true},
        {"the first of two counts", "wait=1, wait=2", seconds(1), false},
        {"the first counts even if it is none", "wait=x, wait=2", {}, false},
        {"unknown ones are passed over", "return=minimal, wait=4, foo", seconds(4), false},
        {"empty elements", ",, wait=4 ,", seconds(4), false},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto got = read_prefer(row.value);
        EXPECT_EQ(got.wait, row.wait);
        EXPECT_EQ(got.respond_async, row.respond_async);
    }
}

TEST(Prefer, IgnoresWhatIsMalformed) {
    for (const char* value :
         {"wait",
          "wait=",
          "wait=-1",
          "wait=+1",
          "wait=1.5",
          "wait=1s",
          "wait=\"1",
          "wait:5",
          "respond-async=yes",
          "\"respond-async\"",
          "=5",
          ";;;",
          "\"",
          "\\"}) {
        SCOPED_TRACE(value);
        const auto got = read_prefer(value);
        EXPECT_EQ(got.wait, std::nullopt);
        EXPECT_FALSE(got.respond_async);
    }
}

TEST(Prefer, JoinsSeveralFields) {
    const auto got = read_prefer(
        net::header_list{{"Prefer", "respond-async"}, {"X", "wait=9"}, {"prefer", "wait=2"}}
    );
    EXPECT_EQ(got.wait, seconds(2));
    EXPECT_TRUE(got.respond_async);
    EXPECT_EQ(got.applied(), "respond-async, wait=2");
}

TEST(Prefer, SaysHowLongToWait) {
    EXPECT_EQ(read_prefer("").length(seconds(10)), seconds(10));
    EXPECT_EQ(read_prefer("wait=3").length(seconds(10)), seconds(3));
    EXPECT_EQ(read_prefer("respond-async").length(seconds(10)), seconds(0));
    EXPECT_EQ(read_prefer("respond-async, wait=3").length(seconds(10)), seconds(3));
    EXPECT_EQ(read_prefer("").applied(), "");
}

TEST(MediaType, IsJsonInUtf8Only) {
    for (const char* value :
         {"application/json",
          "Application/JSON",
          "application/json;charset=utf-8",
          "application/json; charset=utf8",
          "application/json; charset=\"UTF8\"",
          "application/json ; charset=\"UTF-8\"",
          "application/json;"}) {
        EXPECT_TRUE(is_json(value)) << value;
    }
    for (const char* value :
         {"",
          "text/json",
          "application/jsonp",
          "application/problem+json",
          "application/x-www-form-urlencoded",
          "application/json; charset=gbk",
          "application/json; version=1",
          "application/json, text/plain"}) {
        EXPECT_FALSE(is_json(value)) << value;
    }
}

}  // namespace
}  // namespace gateway::handlers
