// The lines and series that tell an operator of the journal's health, and what to do about it.
#include <gmock/gmock.h>

#include <sstream>

#include "server/observe/log.hpp"
#include "server/observe/observer.hpp"

namespace gateway::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
constexpr std::uint64_t much_space = 1024 * mib;

class ObserverOfJournal : public ::testing::Test {
protected:
    // The lines since the last call.
    std::string new_lines() {
        EXPECT_TRUE(log_.flush(std::chrono::seconds(10)));
        const auto all = out_.str();
        const auto fresh = all.substr(seen_);
        seen_ = all.size();
        return fresh;
    }
    std::string series() { return observer_.prometheus_text(); }

    std::ostringstream out_;
    std::size_t seen_ = 0;
    log log_{{}, out_};
    observer observer_{log_};
};

redemption::redemption_id id(int n) {
    return redemption::redemption_id(
        "00000000-0000-7000-8000-" + std::to_string(100'000'000'000 + n)
    );
}

TEST_F(ObserverOfJournal, NamesWhatAFailoverLostAndWhatWasWrittenAgain) {
    redemption::tail_look look{.looked_at = 80, .restored = {}, .lost = {id(99)}};
    for (int n = 0; n < 51; ++n) {
        look.restored.push_back(id(n));
    }
    observer_.journal_looked_at(look);
    const auto lines = new_lines();
    EXPECT_THAT(
        lines,
        AllOf(
            HasSubstr(R"("event":"journal_lost")"),
            HasSubstr(R"("restored":51)"),
            HasSubstr(R"("lost":1)"),
            HasSubstr(R"("reaches_further":"no")"),
            HasSubstr(id(0).str() + " " + id(1).str()),
            HasSubstr(R"("event":"journal_restored_ids","ids":")" + id(50).str() + "\""),
            HasSubstr(R"("event":"journal_lost_ids","ids":")" + id(99).str() + "\"")
        )
    );
    EXPECT_THAT(series(), HasSubstr("redemption_gateway_journal_missing_redemptions_total 52\n"));
    EXPECT_THAT(series(), HasSubstr("redemption_gateway_journal_restored_redemptions_total 51\n"));
    observer_.journal_looked_at({.looked_at = 7});
    EXPECT_THAT(new_lines(), HasSubstr(R"("event":"journal_looked_at","redemptions":7)"));
}

TEST_F(ObserverOfJournal, SaysThatALossWaitsForAnOperatorAndWhoKnowsIt) {
    const redemption::journal_loss open{.number = 3, .missing = 4, .restored = 1};
    const std::string gauge = "redemption_gateway_journal_unacknowledged_loss_redemptions";
    observer_.journal_loss_open(open);
    EXPECT_THAT(new_lines(), HasSubstr(R"("loss":3,"missing":4,"restored":1)"));
    EXPECT_THAT(series(), HasSubstr(gauge + " 4\n"));
    observer_.journal_loss_acknowledged(open, redemption::caller_name("ops"));
    EXPECT_THAT(new_lines(), HasSubstr(R"("event":"journal_loss_acknowledged","by":"ops")"));
    observer_.journal_loss_open(std::nullopt);
    EXPECT_THAT(new_lines(), HasSubstr("journal_loss_closed"));
    EXPECT_THAT(series(), HasSubstr(gauge + " 0\n"));
}

TEST_F(ObserverOfJournal, SaysThatAReaderHoldsTheLogAndWhatToDo) {
    observer_.journal_storage(15 * mib, 15 * mib, much_space);
    EXPECT_THAT(new_lines(), IsEmpty());
    observer_.journal_storage(17 * mib, 16 * mib, much_space);
    EXPECT_THAT(
        new_lines(),
        AllOf(
            HasSubstr(R"("level":"warn")"),
            HasSubstr(R"("event":"journal_log_held")"),
            HasSubstr(R"("do":"end the sqlite3 session or the backup that has the file open")"),
            HasSubstr(R"("log_bytes":17825792)"),
            HasSubstr(R"("held_bytes":16777216)")
        )
    );
    observer_.journal_storage(90 * mib, 90 * mib, much_space);
    observer_.journal_storage(9 * mib, 9 * mib, much_space);
    observer_.journal_storage(17 * mib, 17 * mib, much_space);
    EXPECT_THAT(new_lines(), IsEmpty()) << "once, until it is over";
    observer_.journal_storage(mib, 0, much_space);
    observer_.journal_storage(17 * mib, 17 * mib, much_space);
    EXPECT_THAT(new_lines(), HasSubstr("journal_log_held"));
}

TEST_F(ObserverOfJournal, SaysThatTheVolumeIsAlmostFullAndWhatToDo) {
    observer_.journal_storage(mib, 0, 64 * mib);
    EXPECT_THAT(new_lines(), IsEmpty());
    observer_.journal_storage(mib, 0, 63 * mib);
    EXPECT_THAT(
        new_lines(),
        AllOf(
            HasSubstr(R"("level":"warn")"),
            HasSubstr(R"("event":"journal_space_low")"),
            HasSubstr(R"("do":"free space on the volume, or enlarge it")"),
            HasSubstr(R"("free_bytes":66060288)")
        )
    );
    observer_.journal_storage(mib, 0, 100 * mib);
    observer_.journal_storage(mib, 0, 10 * mib);
    EXPECT_THAT(new_lines(), IsEmpty()) << "once, until it is over";
    observer_.journal_storage(mib, 0, 129 * mib);
    observer_.journal_storage(mib, 0, 10 * mib);
    EXPECT_THAT(new_lines(), HasSubstr("journal_space_low"));
}

TEST_F(ObserverOfJournal, CountsAndSaysThatAWriteHangsAndThatItIsOver) {
    observer_.journal_hangs(base::fixed_text("no write for over 2 s"));
    EXPECT_THAT(
        new_lines(),
        AllOf(
            HasSubstr(R"("level":"error")"),
            HasSubstr(R"("event":"journal_failed")"),
            HasSubstr(R"("why":"no write for over 2 s")"),
            HasSubstr(R"("do":"check the journal's volume)")
        )
    );
    EXPECT_THAT(series(), HasSubstr("\nredemption_gateway_journal_failures_total 1\n"));
    observer_.committed(1, milliseconds(1));
    EXPECT_THAT(new_lines(), HasSubstr(R"("event":"journal_works")"));
}

TEST_F(ObserverOfJournal, SaysThatTheJournalIsNewAndWhatToDo) {
    observer_.journal_created_at(redemption::time_point(std::chrono::seconds(7)));
    EXPECT_THAT(new_lines(), IsEmpty()) << "it may have been created long before";
    EXPECT_THAT(series(), HasSubstr("\nredemption_gateway_journal_created_timestamp_seconds 7\n"));
    observer_.journal_is_new(base::fixed_text("/data/journal.db"));
    EXPECT_THAT(
        new_lines(),
        AllOf(
            HasSubstr(R"("level":"warn")"),
            HasSubstr(R"("event":"journal_created")"),
            HasSubstr("stop the gateway and put the journal back"),
            HasSubstr(R"("file":"/data/journal.db")")
        )
    );
}

TEST_F(ObserverOfJournal, SaysThatTheLogIsMissingAndWhatToDo) {
    observer_.journal_log_missing(base::fixed_text("/data/journal.db"));
    EXPECT_THAT(
        new_lines(),
        AllOf(
            HasSubstr(R"("level":"warn")"),
            HasSubstr(R"("event":"journal_log_missing")"),
            HasSubstr("the newest commits are lost"),
            HasSubstr("treat the journal as an old copy"),
            HasSubstr("if this is a copy"),
            HasSubstr(R"("file":"/data/journal.db")")
        )
    );
}

TEST_F(ObserverOfJournal, LogsEachRemoval) {
    const redemption::time_point limit(std::chrono::seconds(1'767'323'045));
    observer_.journal_removed(200, limit);
    observer_.journal_removed(3, limit);
    EXPECT_THAT(
        new_lines(),
        AllOf(
            HasSubstr(
                R"("event":"journal_removed","redemptions":200,"older_than":"2026-01-02T03:04:05)"
            ),
            HasSubstr(R"("event":"journal_removed","redemptions":3,)")
        )
    );
    EXPECT_THAT(
        series(), HasSubstr("\nredemption_gateway_journal_removed_redemptions_total 203\n")
    );
}

TEST_F(ObserverOfJournal, WarnsWhileAClockThatIsFarAheadPausesRemoval) {
    observer_.retention_paused(true);
    EXPECT_THAT(
        new_lines(),
        AllOf(
            HasSubstr(R"("level":"warn")"),
            HasSubstr(R"("event":"retention_paused")"),
            HasSubstr("check the clock")
        )
    );
    EXPECT_THAT(series(), HasSubstr("\nredemption_gateway_retention_paused 1\n"));
    observer_.retention_paused(false);
    EXPECT_THAT(new_lines(), HasSubstr(R"("event":"retention_goes_on")"));
    EXPECT_THAT(series(), HasSubstr("\nredemption_gateway_retention_paused 0\n"));
}

TEST_F(ObserverOfJournal, SaysThatTheProcessEndsWithTheJournalOpen) {
    observer_.journal_not_closed();
    EXPECT_THAT(
        new_lines(),
        AllOf(HasSubstr(R"("event":"journal_not_closed")"), HasSubstr("check the disk"))
    );
}

TEST_F(ObserverOfJournal, ShowsThePlaceAmongTheReplicas) {
    EXPECT_THAT(series(), Not(HasSubstr("redemption_gateway_journal_replicas ")));
    redemption::replica_standing now{
        .replicas = 3, .lease_left = seconds(4), .renewal = milliseconds(2), .taken = 5
    };
    observer_.journal_standing(now);
    EXPECT_THAT(new_lines(), IsEmpty());
    now.ended = 1;
    now.replicas = 2;
    now.lives_lost = 1;
    now.taken = 12;
    now.given_back = 7;
    observer_.journal_standing(now);
    EXPECT_THAT(
        new_lines(),
        AllOf(
            HasSubstr(R"("event":"lease_lost")"),
            HasSubstr(R"("event":"replica_ended")"),
            HasSubstr(R"("replicas":1)"),
            HasSubstr(R"("left":2)")
        )
    );
    observer_.journal_standing(now);
    EXPECT_THAT(new_lines(), IsEmpty()) << "once for each";
    EXPECT_THAT(
        series(),
        AllOf(
            HasSubstr("redemption_gateway_journal_replicas 2\n"),
            HasSubstr("redemption_gateway_journal_lease_left_seconds 4\n"),
            HasSubstr("redemption_gateway_journal_renewal_seconds 0.002\n"),
            HasSubstr("redemption_gateway_journal_leases_lost_total 1\n"),
            HasSubstr("redemption_gateway_journal_replicas_ended_total 1\n"),
            HasSubstr("redemption_gateway_journal_taken_redemptions_total 12\n"),
            HasSubstr("redemption_gateway_journal_given_back_redemptions_total 7\n")
        )
    );
}

}  // namespace
}  // namespace gateway::server
