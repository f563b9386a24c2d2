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
    for (int byte = 0; byte < 256; ++byte) {
        const std::string one(1, static_cast<char>(byte));
        const auto encoded = form_encode(one);
        EXPECT_EQ(encoded == "+" ? " " : percent_decode(encoded), one) << byte;
    }
    EXPECT_EQ(percent_decode("%e4%B8"), "\xe4\xb8");
    EXPECT_EQ(percent_decode("1+2"), "1+2");
}

TEST(UrlEncoding, RefusesBrokenEscapes) {
    for (const char* broken : {"%", "a%", "%4", "%zz", "%4g", "%%41", "%+1"}) {
        EXPECT_EQ(percent_decode(broken), std::nullopt) << broken;
    }
}

}  // namespace
}  // namespace gateway::text
