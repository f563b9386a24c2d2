#include "platform_clients/taobao/credentials.hpp"

#include <gmock/gmock.h>

namespace gateway::taobao {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

credentials keys(std::string app_key, std::string secret, std::string session) {
    return {
        std::move(app_key),
        config::secret_text(std::move(secret)),
        config::secret_text(std::move(session))
    };
}

auto faults(const credentials& of) {
    return faults_of(of, config::top_sign_method::hmac_sha256);
}

TEST(TopCredentials, AreUsableWithAndWithoutASession) {
    EXPECT_THAT(faults(keys("12345678", "helloworld", "6100e2")), IsEmpty());
    EXPECT_THAT(faults(keys("12345678", "helloworld", "")), IsEmpty());
}

TEST(TopCredentials, MustNotHoldWhatCopyingLeaves) {
    EXPECT_THAT(faults(keys("12345678", "hello world", "")), ElementsAre(HasSubstr("secret")));
    EXPECT_THAT(faults(keys("12345678", "helloworld\r", "")), ElementsAre(HasSubstr("secret")));
    EXPECT_THAT(
        faults(keys("12345678", "\xEF\xBB\xBFhelloworld", "")), ElementsAre(HasSubstr("secret"))
    );
    EXPECT_THAT(faults(keys("12345678", "hello", "a\nb")), ElementsAre(HasSubstr("session")));
}

TEST(TopCredentials, NeedAnAppKeyOfDigitsAndASecret) {
    EXPECT_THAT(
        faults(keys("12x", "", "")), ElementsAre(HasSubstr("app_key"), HasSubstr("secret is empty"))
    );
    EXPECT_THAT(faults(keys("", "hello", "")), ElementsAre(HasSubstr("app_key")));
}

TEST(TopCredentials, AreNeverNamedInTheFault) {
    for (const auto& fault : faults(keys("12x", "very secret", "se ssion"))) {
        EXPECT_THAT(fault, ::testing::Not(HasSubstr("very secret")));
        EXPECT_THAT(fault, ::testing::Not(HasSubstr("se ssion")));
    }
}

}  // namespace
}  // namespace gateway::taobao
