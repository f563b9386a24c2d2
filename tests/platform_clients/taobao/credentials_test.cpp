#include "platform_clients/taobao/credentials.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace gateway::taobao {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class TopCredentials : public ::testing::Test {
protected:
    TopCredentials() : folder_(::testing::TempDir() + "top-XXXXXX") {
        if (!mkdtemp(folder_.data())) {
            ADD_FAILURE() << "no temporary folder";
        }
    }
    ~TopCredentials() override { std::filesystem::remove_all(folder_); }

    // `session` null: no file is configured.
    credentials_reading read(
        const std::string& app_key, const std::string& secret, const char* session = nullptr
    ) const {
        config::taobao_settings settings;
        settings.app_key = app_key;
        settings.app_secret_file = file("app_secret", secret);
        if (session) {
            settings.session_file = file("session", session);
        }
        return read_credentials(settings);
    }

    std::string file(const std::string& name, const std::string& content) const {
        const auto path = folder_ + '/' + name;
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }

    std::string folder_;
};

TEST_F(TopCredentials, AreUsableWithAndWithoutASession) {
    const auto with = read("12345678", "helloworld\n", "6100e2\r\n");
    ASSERT_TRUE(with.read);
    EXPECT_EQ(with.read->app_secret.reveal(), "helloworld");
    EXPECT_EQ(with.read->session.reveal(), "6100e2");
    EXPECT_THAT(with.found, ElementsAre("app_key 12345678", "session present"));
    const auto without = read("12345678", "helloworld");
    ASSERT_TRUE(without.read);
    EXPECT_TRUE(without.read->session.empty());
    EXPECT_THAT(without.found, ElementsAre(HasSubstr("app_key"), StartsWith("no session")));
}

TEST_F(TopCredentials, MustNotHoldWhatCopyingLeaves) {
    for (const auto* secret :
         {"hello world", "helloworld\r\r\n", "\xEF\xBB\xBFhelloworld", "hello\nworld"}) {
        const auto reading = read("12345678", secret);
        EXPECT_FALSE(reading.read);
        EXPECT_THAT(
            reading.faults, ElementsAre(StartsWith("app_secret_file: " + folder_ + "/app_secret "))
        );
    }
    EXPECT_THAT(
        read("12345678", "hello", "a\nb").faults, ElementsAre(StartsWith("session_file: "))
    );
}

TEST_F(TopCredentials, NameEveryFaultAtOnceAndNoSecret) {
    config::taobao_settings settings;
    settings.app_key = "12x";
    settings.app_secret_file = file("app_secret", "very secret");
    settings.session_file = "/nowhere/session";
    const auto reading = read_credentials(settings);
    EXPECT_FALSE(reading.read);
    EXPECT_THAT(
        reading.faults,
        ElementsAre(
            StartsWith("app_key: "),
            StartsWith("app_secret_file: "),
            AllOf(
                StartsWith("session_file: a file in a missing folder"), HasSubstr("cannot be read")
            )
        )
    );
    EXPECT_THAT(reading.found, ElementsAre("app_key 12x")) << "nothing is said of the session";
    for (const auto& fault : reading.faults) {
        EXPECT_THAT(fault, ::testing::Not(HasSubstr("very secret")));
    }
    EXPECT_THAT(read("12345678", "\n").faults, ElementsAre(HasSubstr("is empty")));
    EXPECT_THAT(read("", "hello").faults, ElementsAre(StartsWith("app_key: ")));
}

}  // namespace
}  // namespace gateway::taobao
