// Where text that came at run time becomes text that may be shown (base/redacted_text.hpp). A new
// place is read before it is added here.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;

const fs::path root = GATEWAY_SOURCE_DIR;

// The product's files that hold `text`.
std::set<std::string> files_with(const std::string& text) {
    constexpr std::array rooms{
        "base",
        "config",
        "handlers",
        "journal",
        "net",
        "platform_clients",
        "redemption",
        "server",
        "text",
    };
    std::set<std::string> found;
    for (const auto* room : rooms) {
        for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
            const auto extension = entry.path().extension();
            if (extension != ".cpp" && extension != ".hpp") {
                continue;
            }
            std::ifstream in(entry.path());
            const std::string content(std::istreambuf_iterator<char>(in), {});
            if (content.find(text) != std::string::npos) {
                found.insert(fs::relative(entry.path(), root).string());
            }
        }
    }
    return found;
}

TEST(Redaction, OnlyTheMaskersOfThePlatformsMask) {
    const std::set<std::string> expected{
        "platform_clients/alipay/masker.hpp",
        "platform_clients/taobao/masker.hpp",
    };
    EXPECT_EQ(files_with("public base::masker"), expected);
}

TEST(Redaction, OnlyTheJournalReadsBackWhatItWrote) {
    const std::set<std::string> expected{
        "journal/sqlite/record_reader.cpp",
        "journal/sqlite/record_rows.cpp",
    };
    EXPECT_EQ(files_with("redacted_text::from_journal("), expected);
}

TEST(Redaction, FewPlacesTrustATextUnmasked) {
    const std::set<std::string> expected{
        "platform_clients/alipay/certificate_finder.cpp",  // why a certificate is not trusted
        "platform_clients/taobao/account.cpp",             // names of account and method
        "platform_clients/taobao/answer.cpp",              // why the JSON is none, a member's name
        "platform_clients/taobao/diagnosis.cpp",           // the method's name, the time of sending
        "platform_clients/transport_outcome.cpp",          // what failed on the wire, and to whom
        "server/app/probes.hpp",                           // a certificate's serial number
        "redemption/engine/driver.cpp",                    // an exception's message
    };
    EXPECT_EQ(files_with("redacted_text::trusted("), expected);
}

}  // namespace
