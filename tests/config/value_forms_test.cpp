#include "config/value_forms.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace gateway::config {
namespace {

using std::chrono::hours;

TEST(ValueForms, DurationsTakeOneNumberAndOneUnit) {
    const auto form = duration(milliseconds(0), hours(24 * 365));
    const struct {
        std::string text;
        std::optional<milliseconds> value;
    } rows[] = {
        {"0ms", milliseconds(0)},
        {"250ms", milliseconds(250)},
        {"10s", milliseconds(10'000)},
        {"010s", milliseconds(10'000)},
        {"5m", milliseconds(300'000)},
        {"2h", milliseconds(7'200'000)},
        {"90d", milliseconds(7'776'000'000)},
        {"", std::nullopt},
        {"s", std::nullopt},
        {"10", std::nullopt},
        {"10S", std::nullopt},
        {"10 s", std::nullopt},
        {" 10s", std::nullopt},
        {"10s ", std::nullopt},
        {"1h30m", std::nullopt},
        {"1.5h", std::nullopt},
        {"-1s", std::nullopt},
        {"+1s", std::nullopt},
        {"0x10s", std::nullopt},
        {"1w", std::nullopt},
        {"366d", std::nullopt},
        {"213503982335d", std::nullopt},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.text);
        EXPECT_EQ(form.parse(row.text), row.value);
    }
}

TEST(ValueForms, SizesTakeBytesOrBinaryUnits) {
    const auto form = byte_size(1, 2 * 1024 * mib);
    const struct {
        std::string text;
        std::optional<std::size_t> value;
    } rows[] = {
        {"1", 1},
        {"262144", 262'144},
        {"1B", 1},
        {"256KiB", 262'144},
        {"1MiB", 1'048'576},
        {"2GiB", 2'147'483'648},
        {"3GiB", std::nullopt},
        {"0", std::nullopt},
        {"64KB", std::nullopt},
        {"64K", std::nullopt},
        {"64kib", std::nullopt},
        {"1.5MiB", std::nullopt},
        {"MiB", std::nullopt},
        {"17179869185GiB", std::nullopt},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.text);
        EXPECT_EQ(form.parse(row.text), row.value);
    }
}

TEST(ValueForms, ShowValuesInTheLargestExactUnit) {
    const auto time = duration(milliseconds(0), hours(24 * 365));
    EXPECT_EQ(time.show(milliseconds(0)), "0ms");
    EXPECT_EQ(time.show(milliseconds(1'500)), "1500ms");
    EXPECT_EQ(time.show(milliseconds(90'000)), "90s");
    EXPECT_EQ(time.show(hours(48)), "2d");
    const auto size = byte_size(0, mib);
    EXPECT_EQ(size.show(1), "1B");
    EXPECT_EQ(size.show(256 * kib), "256KiB");
    EXPECT_EQ(size.show(mib + 1), "1048577B");
}

TEST(ValueForms, AreExplainedByExamplesThatTheyTake) {
    const std::string expected[][2] = {
        {duration(milliseconds(100), milliseconds(300'000)).expected,
         "a duration such as 500ms, 10s or 5m (100ms to 5m)"},
        {duration(milliseconds(1), milliseconds(9)).expected, "a duration (1ms to 9ms)"},
        {duration_of_seconds(seconds(1), hours(24 * 30)).expected,
         "a duration of whole seconds such as 10s, 5m or 2h (1s to 30d)"},
        {duration_of_hours(hours(1), hours(24 * 90)).expected,
         "a duration of whole hours such as 2h or 90d (1h to 90d)"},
        {byte_size(kib, mib).expected, "a size in bytes or such as 256KiB or 1MiB (1KiB to 1MiB)"},
        {byte_size(mib, 1024 * mib).expected,
         "a size in bytes or such as 1MiB or 1GiB (1MiB to 1GiB)"},
    };
    for (const auto& row : expected) {
        EXPECT_EQ(row[0], row[1]);
    }
}

TEST(ValueForms, NumbersStayInsideTheirBounds) {
    const auto whole = whole_number(1, 10);
    EXPECT_EQ(whole.parse("1"), 1u);
    EXPECT_EQ(whole.parse("10"), 10u);
    for (const std::string text : {"0", "11", "1e1", "-1", "ten", "1 ", "18446744073709551617"}) {
        EXPECT_EQ(whole.parse(text), std::nullopt) << text;
    }
    const auto decimal = decimal_number(0.5, 100);
    EXPECT_EQ(decimal.parse("0.5"), 0.5);
    EXPECT_EQ(decimal.parse("100"), 100.0);
    for (const std::string text : {"0.49", "100.1", "1e1", "inf", "nan", "0x1", "1,5", ""}) {
        EXPECT_EQ(decimal.parse(text), std::nullopt) << text;
    }
}

TEST(ValueForms, UrlsAreParsed) {
    const auto form = platform_url();
    const struct {
        std::string text;
        bool tls;
        std::string host;
        std::uint16_t port;
        std::string target;
    } rows[] = {
        {"https://eco.taobao.com/router/rest", true, "eco.taobao.com", 443, "/router/rest"},
        {"http://eco.taobao.com", false, "eco.taobao.com", 80, "/"},
        {"HTTPS://h:8443/a?b=c&d", true, "h", 8443, "/a?b=c&d"},
        {"https://h?b", true, "h", 443, "/?b"},
        {"http://[::1]:81/a%20b", false, "::1", 81, "/a%20b"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.text);
        const auto url = form.parse(row.text);
        ASSERT_TRUE(url);
        EXPECT_EQ(url->text, row.text);
        EXPECT_EQ(url->tls, row.tls);
        EXPECT_EQ(url->host, row.host);
        EXPECT_EQ(url->port, row.port);
        EXPECT_EQ(url->target, row.target);
    }
}

TEST(ValueForms, WordsMatchInAnyLetterCase) {
    const auto form = one_of<int>({{"RSA2", 2}, {"RSA", 1}});
    EXPECT_EQ(form.expected, "RSA2 or RSA");
    EXPECT_EQ(form.parse("rsa2"), 2);
    EXPECT_EQ(form.parse("Rsa"), 1);
    EXPECT_EQ(form.parse("RSA22"), std::nullopt);
    EXPECT_EQ(form.parse(""), std::nullopt);
    EXPECT_EQ(form.show(1), "RSA");
}

}  // namespace
}  // namespace gateway::config
