#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <filesystem>
#include <fstream>

#include "simulator/ledger.hpp"

namespace simulator {

namespace {

class LedgerFile : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "ledger-XXXXXX").string();
        const int file = ::mkstemp(name.data());
        ASSERT_GE(file, 0);
        ::close(file);
        path_ = name;
    }
    void TearDown() override { std::filesystem::remove(path_); }

    static effect redemption(std::string number, std::string entity) {
        effect executed;
        executed.where = platform::alipay;
        executed.method = "m";
        executed.natural_key = std::move(number);
        executed.resource = std::move(entity);
        executed.payload_digest = "d";
        executed.at = "2024-05-01T00:30:00.000Z";
        executed.detail = {{"voucher_id", "1"}};
        return executed;
    }

    std::string path_;
};

}  // namespace

TEST_F(LedgerFile, IsLoadedAfterARestart) {
    {
        effect_ledger ledger(path_);
        ledger.record(redemption("A1", "E1"));
        ledger.record(redemption("A2", "E2"));
    }
    effect_ledger ledger(path_);
    ASSERT_EQ(ledger.effects_of("m", "A1").size(), 1U);
    EXPECT_EQ(ledger.effects_of("m", "A1").front()->detail.at("voucher_id").as_string(), "1");
    ASSERT_NE(ledger.effect_using("m", "E2"), nullptr);
    EXPECT_EQ(ledger.effect_using("m", "E2")->natural_key, "A2");
    EXPECT_EQ(ledger.effect_using("m", "E3"), nullptr);
}

TEST_F(LedgerFile, DropsATruncatedLastLine) {
    {
        effect_ledger(path_).record(redemption("A1", "E1"));
    }
    {
        std::ofstream(path_, std::ios::app) << R"({"at":"2024)";
    }
    {
        effect_ledger(path_).record(redemption("A2", "E2"));
    }
    const effect_ledger ledger(path_);
    EXPECT_EQ(ledger.describe().at("executed").to_number<int>(), 2);
}

TEST_F(LedgerFile, RefusesAnInvalidLine) {
    {
        std::ofstream(path_) << "not JSON\n";
    }
    EXPECT_THROW(effect_ledger{path_}, std::runtime_error);
}

TEST_F(LedgerFile, IsTruncatedByClear) {
    {
        effect_ledger ledger(path_);
        ledger.record(redemption("A1", "E1"));
        ledger.clear();
        EXPECT_TRUE(ledger.effects_of("m", "A1").empty());
    }
    EXPECT_EQ(effect_ledger(path_).describe().at("executed").to_number<int>(), 0);
}

TEST(Ledger, CountsTheExecutionsOfEachKey) {
    effect_ledger ledger("");
    effect executed;
    executed.method = "m";
    executed.natural_key = "O1";
    ledger.record(executed);
    ledger.record(executed);
    executed.natural_key = "O2";
    ledger.record(executed);
    const auto all = ledger.describe();
    EXPECT_EQ(all.at("executed").to_number<int>(), 3);
    ASSERT_EQ(all.at("effects").as_array().size(), 2U);
    EXPECT_EQ(all.at("effects").at(0).at("times").to_number<int>(), 2);
    EXPECT_EQ(all.at("effects").at(1).at("natural_key").as_string(), "O2");
}

TEST(Ledger, ThrowsWhenTheFileCannotBeOpened) {
    EXPECT_THROW(effect_ledger("/no/such/folder/ledger"), std::runtime_error);
}

}  // namespace simulator
