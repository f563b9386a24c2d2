#include "config/secret_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <concepts>
#include <filesystem>
#include <fstream>
#include <string>
#include <type_traits>

namespace gateway::config {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

// A secret cannot be turned into text, printed or compared by accident.
static_assert(!std::is_convertible_v<base::secret_text, std::string>);
static_assert(!std::is_convertible_v<base::secret_text, std::string_view>);
static_assert(!std::is_convertible_v<std::string, base::secret_text>);
template <class T>
concept printable = requires(std::ostream& out, const T& value) { out << value; };
static_assert(!printable<base::secret_text>);

// The bytes of an object, its inner buffer for short texts included.
template <class T>
std::string memory_of(const T& object) {
    return {reinterpret_cast<const char*>(&object), sizeof object};
}

TEST(SecretText, WipesTheMemoryItLeaves) {
    // NOLINTBEGIN(bugprone-use-after-move): the test reads what is left
    std::string typed = "s3cret";
    base::secret_text first(std::move(typed));
    EXPECT_EQ(memory_of(typed).find("s3c"), std::string::npos);
    EXPECT_EQ(first.reveal(), "s3cret");
    base::secret_text second(std::move(first));
    EXPECT_EQ(memory_of(first).find("s3c"), std::string::npos);
    base::secret_text third;
    third = std::move(second);
    EXPECT_EQ(memory_of(second).find("s3c"), std::string::npos);
    EXPECT_EQ(third.reveal(), "s3cret");
    auto& same = third;
    third = std::move(same);
    EXPECT_EQ(third.reveal(), "s3cret");
    third = base::secret_text("x");
    EXPECT_EQ(memory_of(third).find("cret"), std::string::npos);
    // NOLINTEND(bugprone-use-after-move)
}

class SecretFiles : public testing::Test {
protected:
    std::string written(const std::string& content) {
        const std::string path = testing::TempDir() + "secret-file";
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }

    std::string loaded(const std::string& content) {
        const auto result = load_secret_file(written(content));
        const auto* secret = std::get_if<base::secret_text>(&result);
        EXPECT_NE(secret, nullptr) << std::get<std::string>(result);
        return secret == nullptr ? std::string() : std::string(secret->reveal());
    }

    std::string problem(const std::string& path) {
        const auto result = load_secret_file(path);
        const auto* sentence = std::get_if<std::string>(&result);
        EXPECT_NE(sentence, nullptr);
        return sentence == nullptr ? std::string() : *sentence;
    }
};

TEST_F(SecretFiles, LoseOneLineBreakAndNothingElse) {
    EXPECT_EQ(loaded("helloworld"), "helloworld");
    EXPECT_EQ(loaded("helloworld\n"), "helloworld");
    EXPECT_EQ(loaded("helloworld\r\n"), "helloworld");
    EXPECT_EQ(loaded("helloworld\n\n"), "helloworld\n");
    EXPECT_EQ(loaded(" hello\r"), " hello\r");
    EXPECT_EQ(loaded(std::string("a\0b", 3)), std::string("a\0b", 3));
}

TEST_F(SecretFiles, MayHold64KiB) {
    const std::string largest(64 * 1024, 'x');
    EXPECT_EQ(loaded(largest), largest);
    const std::string path = written(largest + "x");
    EXPECT_EQ(problem(path), path + " is larger than 64KiB");
}

TEST_F(SecretFiles, MayBeLargerIfTheCallerAllowsIt) {
    const std::string large(300 * 1024, 'x');
    const auto result = load_secret_file(written(large + "\n"), 512);
    ASSERT_TRUE(std::holds_alternative<base::secret_text>(result)) << std::get<std::string>(result);
    EXPECT_EQ(std::get<base::secret_text>(result).reveal(), large);
    const std::string path = written(large);
    EXPECT_EQ(std::get<std::string>(load_secret_file(path, 299)), path + " is larger than 299KiB");
}

TEST_F(SecretFiles, AreRefusedWhenEmpty) {
    for (const std::string content : {"", "\n", "\r\n"}) {
        const std::string path = written(content);
        EXPECT_EQ(problem(path), path + " is empty");
    }
}

TEST_F(SecretFiles, AreRefusedWhenMissingOrNoFile) {
    EXPECT_THAT(problem("/no/such/file"), EndsWith(" cannot be read: No such file or directory"));
    EXPECT_EQ(problem("/tmp"), "/tmp cannot be read: not a regular file");
}

// Someone writes the secret itself where its file belongs.
TEST_F(SecretFiles, DoNotRepeatASecretThatWasWrittenInPlaceOfAPath) {
    const std::string secret = "6f1ed002ab5595859014ebf0951522d9";
    const std::string base64(900, 'M');
    for (const auto& written :
         {secret, "./" + secret, testing::TempDir() + secret, "MII/" + secret, "/" + secret, base64
         }) {
        const auto said = problem(written);
        EXPECT_THAT(said, Not(HasSubstr(secret))) << written;
        EXPECT_THAT(said, Not(HasSubstr("MM"))) << written;
        EXPECT_THAT(said, HasSubstr("cannot be read")) << written;
    }
    EXPECT_THAT(problem("/tmp/" + secret), HasSubstr("in /tmp ")) << "where it was looked for";
}

// The configuration was named without a folder, as in `--config gateway.yaml`.
TEST_F(SecretFiles, AreLookedForInTheWorkingFolderByABareName) {
    const auto here = std::filesystem::current_path().string();
    EXPECT_THAT(problem("no-such-key.pem"), HasSubstr("a file in " + here + " (not named here"));
    EXPECT_THAT(problem("no-such-folder/key.pem"), HasSubstr("a file in a missing folder"));
}

TEST(SecretText, IsEmptyAfterAMove) {
    base::secret_text first("a secret that is too long to be stored inside the string itself");
    const base::secret_text second(std::move(first));
    EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is what is asked
    EXPECT_FALSE(second.empty());
}

}  // namespace
}  // namespace gateway::config
