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
        effect done;
        done.where = platform::alipay;
        done.method = "m";
        done.natural_key = std::move(number);
        done.resource = std::move(entity);
        done.payload_digest = "d";
        done.at = "2024-05-01T00:30:00.000Z";
        done.detail = {{"voucher_id", "1"}};
        return done;
    }

    std::string path_;
};

}  // namespace

TEST_F(LedgerFile, IsReadAgainAfterARestart) {
    {
        ledger books(path_);
        books.record(redemption("A1", "E1"));
        books.record(redemption("A2", "E2"));
    }
    ledger books(path_);
    ASSERT_EQ(books.of("m", "A1").size(), 1U);
    EXPECT_EQ(books.of("m", "A1").front()->detail.at("voucher_id").as_string(), "1");
    ASSERT_NE(books.user_of("m", "E2"), nullptr);
    EXPECT_EQ(books.user_of("m", "E2")->natural_key, "A2");
    EXPECT_EQ(books.user_of("m", "E3"), nullptr);
}

TEST_F(LedgerFile, DropsALastLineThatWasCutOffAndGoesOn) {
    {
        ledger(path_).record(redemption("A1", "E1"));
    }
    {
        std::ofstream(path_, std::ios::app) << R"({"at":"2024)";
    }
    {
        ledger(path_).record(redemption("A2", "E2"));
    }
    const ledger books(path_);
    EXPECT_EQ(books.describe().at("executed").to_number<int>(), 2);
}

TEST_F(LedgerFile, RefusesALineThatIsNone) {
    {
        std::ofstream(path_) << "not JSON\n";
    }
    EXPECT_THROW(ledger{path_}, std::runtime_error);
}

TEST_F(LedgerFile, ClearEmptiesTheFileToo) {
    {
        ledger books(path_);
        books.record(redemption("A1", "E1"));
        books.clear();
        EXPECT_TRUE(books.of("m", "A1").empty());
    }
    EXPECT_EQ(ledger(path_).describe().at("executed").to_number<int>(), 0);
}

TEST(Ledger, CountsHowOftenEachKeyWasExecuted) {
    ledger books("");
    effect done;
    done.method = "m";
    done.natural_key = "O1";
    books.record(done);
    books.record(done);
    done.natural_key = "O2";
    books.record(done);
    const auto all = books.describe();
    EXPECT_EQ(all.at("executed").to_number<int>(), 3);
    ASSERT_EQ(all.at("effects").as_array().size(), 2U);
    EXPECT_EQ(all.at("effects").at(0).at("times").to_number<int>(), 2);
    EXPECT_EQ(all.at("effects").at(1).at("natural_key").as_string(), "O2");
}

TEST(Ledger, ThatCannotBeOpenedIsAFaultAtStart) {
    EXPECT_THROW(ledger("/no/such/folder/ledger"), std::runtime_error);
}

}  // namespace simulator
