// The command that seals what a journal holds from before it had a key, through the real program
// (docs/journal.md, Sealing).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "world.hpp"

namespace gateway::flow {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string code = "CODE-IN-CLEAR-1";

std::string content(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class Seal : public ::testing::Test {
protected:
    ~Seal() override { w.gateway.reset(); }

    // From now on there is an encryption key.
    void configure_key() {
        std::ofstream(w.folder / "journal.key") << std::string(64, 'a') << '\n';
        w.change_settings("journal:\n", "journal:\n  encryption_key_file: journal.key\n");
    }
    std::pair<std::string, int> seal() { return w.run_gateway("gateway.yaml", {"--seal-journal"}); }
    std::string all_bytes() const {
        return content(w.folder / "journal.db") + content(w.folder / "journal.db-wal");
    }

    world w;
};

TEST_F(Seal, LeavesNothingInClearAndEveryAnswer) {
    const auto before = w.post("k", voucher_body("seal1", code));
    ASSERT_EQ(before.status, 200U) << before.body;
    ASSERT_EQ(w.stop_gateway(), 0);
    configure_key();
    w.start_gateway();
    EXPECT_TRUE(w.gateway->wait_for("journal_rows_in_clear[^\n]*--seal-journal[^\n]*:1[,}]"))
        << w.gateway->output();

    const auto [refused, refused_status] = seal();
    EXPECT_EQ(refused_status, 1) << refused;
    EXPECT_THAT(refused, HasSubstr("in use by another gateway process"));
    ASSERT_EQ(w.stop_gateway(), 0) << w.gateway->output();
    EXPECT_THAT(all_bytes(), HasSubstr(code));

    const auto [done, status] = seal();
    EXPECT_EQ(status, 0) << done;
    EXPECT_THAT(done, HasSubstr("1 redemptions were in clear and are sealed now"));
    EXPECT_THAT(done, Not(HasSubstr(code)));
    EXPECT_THAT(all_bytes(), Not(HasSubstr(code)));

    w.start_gateway();
    EXPECT_TRUE(w.gateway->wait_for("\"serving\""));
    EXPECT_EQ(w.post("k", voucher_body("seal1", code)).body, before.body);
    EXPECT_EQ(w.executed("seal1"), 1);
    ASSERT_EQ(w.stop_gateway(), 0);
    EXPECT_THAT(w.gateway->output(), Not(HasSubstr("journal_rows_in_clear")));
}

TEST_F(Seal, NeedsAKeyAndAJournal) {
    ASSERT_EQ(w.stop_gateway(), 0);
    const auto [keyless, keyless_status] = seal();
    EXPECT_EQ(keyless_status, 1) << keyless;
    EXPECT_THAT(keyless, HasSubstr("nothing to seal with"));
    configure_key();
    fs::remove(w.folder / "journal.db");
    const auto [empty, empty_status] = seal();
    EXPECT_EQ(empty_status, 1) << empty;
    EXPECT_THAT(empty, HasSubstr("there is none"));
    EXPECT_FALSE(fs::exists(w.folder / "journal.db"));
}

}  // namespace
}  // namespace gateway::flow
