#include "text/url_encoding.hpp"

#include <gtest/gtest.h>

namespace gateway::text {
namespace {

TEST(UrlEncoding, EncodesEverythingButUnreservedCharacters) {
    EXPECT_EQ(form_encode("AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(form_encode("a b"), "a+b");
    EXPECT_EQ(form_encode("+&=*%/'\n"), "%2B%26%3D%2A%25%2F%27%0A");
    EXPECT_EQ(form_encode("\xe4\xb8\xad"), "%E4%B8%AD");
    EXPECT_EQ(form_encode(std::string_view("\0", 1)), "%00");
    EXPECT_EQ(form_encode(""), "");
}

TEST(UrlEncoding, BuildsAForm) {
    std::string form;
    append_form_field(form, "a", "1 2");
    append_form_field(form, "b&", "");
    EXPECT_EQ(form, "a=1+2&b%26=");
}

TEST(UrlEncoding, DecodesWhatItEncodesForEveryByte) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) {
        all += static_cast<char>(byte);
    }
    EXPECT_EQ(form_decode(form_encode(all)), all);
    EXPECT_EQ(form_decode("%e4%B8"), "\xe4\xb8");
}

TEST(UrlEncoding, RefusesBrokenEscapes) {
    for (const char* broken : {"%", "a%", "%4", "%zz", "%4g", "%%41", "%+1"}) {
        EXPECT_EQ(form_decode(broken), std::nullopt) << broken;
    }
}

TEST(UrlEncoding, TakesATargetApart) {
    const auto target = parse_target("/v1/x%20y?state=pending&state=a%26b&&flag&empty=&=v&s=1=2");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/v1/x%20y");
    const query_pairs expected = {
        {"state", "pending"}, {"state", "a&b"}, {"flag", ""}, {"empty", ""}, {"", "v"}, {"s", "1=2"}
    };
    EXPECT_EQ(target->query, expected);
    EXPECT_EQ(parse_target("/a")->query, query_pairs{});
    EXPECT_EQ(parse_target("/a?")->query, query_pairs{});
}

TEST(UrlEncoding, RefusesATargetWithBrokenEscapes) {
    EXPECT_FALSE(parse_target("/a?b=%"));
    EXPECT_FALSE(parse_target("/a?%zz=b"));
    EXPECT_FALSE(parse_target("/%a"));
}

}  // namespace
}  // namespace gateway::text
