// Where text that came at run time becomes text that may be shown (base/redacted_text.hpp). A new
// use is read before it is counted here.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path root = GATEWAY_SOURCE_DIR;

using uses = std::map<std::string, std::size_t>;

std::size_t count_in(const std::string& content, const std::string& text) {
    std::size_t count = 0;
    for (auto at = content.find(text); at != std::string::npos; at = content.find(text, at + 1)) {
        ++count;
    }
    return count;
}

// How often each of the product's files holds one of `texts`, without the files that hold none.
uses uses_of(const std::vector<std::string>& texts) {
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
    uses found;
    for (const auto* room : rooms) {
        for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
            const auto extension = entry.path().extension();
            if (extension != ".cpp" && extension != ".hpp") {
                continue;
            }
            std::ifstream in(entry.path());
            const std::string content(std::istreambuf_iterator<char>(in), {});
            std::size_t count = 0;
            for (const auto& text : texts) {
                count += count_in(content, text);
            }
            if (count > 0) {
                found[fs::relative(entry.path(), root).string()] = count;
            }
        }
    }
    return found;
}

TEST(Redaction, OnlyTheMaskersOfThePlatformsMask) {
    const uses expected{
        {"platform_clients/alipay/masker.hpp", 1},
        {"platform_clients/taobao/masker.hpp", 1},
    };
    EXPECT_EQ(
        uses_of({": public base::masker", ": base::masker", ": public masker", ": masker"}),
        expected
    );
}

TEST(Redaction, OnlyTheJournalReadsBackWhatItWrote) {
    const uses expected{
        {"journal/postgres/record_reading.cpp", 3},
        {"journal/sqlite/record_rows.cpp", 3},
    };
    EXPECT_EQ(uses_of({"::from_journal("}), expected);
}

TEST(Redaction, FewPlacesTrustATextUnmasked) {
    const uses expected{
        {"journal/deferred_journal.cpp", 1},   // why the file does not open
        {"journal/postgres/pg_error.cpp", 1},  // the server's words, where they repeat no value
        {"journal/postgres/record_reading.cpp", 1},       // why a text can't be opened
        {"journal/postgres/record_store.cpp", 2},         // why a text can't be sealed
        {"journal/postgres/record_store_settle.cpp", 1},  // likewise
        {"journal/postgres/shared_keys.cpp", 2},          // likewise; a key's id
        {"journal/postgres/write_batch.cpp", 1},          // likewise
        {"journal/sqlite/database.hpp", 1},               // SQLite's and the journal's own words
        {"platform_clients/alipay/certificate_finder.cpp", 1},  // why a certificate is not trusted
        {"platform_clients/clock_refusals.cpp", 1},             // the time of this machine
        {"platform_clients/taobao/answer.cpp", 1},              // a member's name
        {"platform_clients/taobao/diagnosis.cpp", 1},           // the time of sending
        {"platform_clients/transport_outcome.cpp", 1},  // what failed on the wire, and to whom
        {"redemption/engine/driver.cpp", 1},            // an exception's message
        {"server/app/journal.cpp", 1},
        {"server/app/key_faults.hpp", 1},  // what is wrong with key files
        {"server/app/parts.hpp", 1},       // an exception's message
        {"server/app/probes.hpp", 1},      // a certificate's serial number
        {"server/app/serving.cpp", 2},     // configured addresses and paths
        {"server/http/dispatch.cpp", 1},   // an exception's message
        {"server/main.cpp", 3},            // the configuration's warnings, why the start failed
        {"server/observe/observer_journal.cpp", 1},  // a time
        {"text/code_text.cpp", 1},                   // which invisible character it is
    };
    EXPECT_EQ(uses_of({"::trusted("}), expected);
}

// A type whose every value may be shown.
TEST(Redaction, FewTypesMayBeShown) {
    const uses expected{
        {"redemption/model.hpp", 2},        // by its tag: configured names, ids
        {"server/http/http_probe.hpp", 1},  // a trace id, the path of a redemption
    };
    EXPECT_EQ(uses_of({"bool may_be_shown ="}), expected);
    const uses tags{{"redemption/model.hpp", 5}};
    EXPECT_EQ(uses_of({": shown_tag {"}), tags);
}

}  // namespace
