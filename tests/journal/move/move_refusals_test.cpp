#include "journal/postgres/schema.hpp"
#include "tests/journal/move/move_fixture.hpp"

// What a move refuses, and that it changes nothing then.

namespace gateway::journal::testing {
namespace {

using ::testing::HasSubstr;

class MoveRefusal : public move_test {
protected:
    void SetUp() override {
        auto journal = open();
        ASSERT_TRUE(is_accepted(loop.await(journal->accept(wish(1), std::nullopt))));
    }
    // A gateway on the database that was killed.
    void leave_a_dead_replica() {
        auto served = open_target();
        served.reset();
        database.query("UPDATE replicas SET ended_at = NULL");
    }
};

TEST_F(MoveRefusal, OfAFileThatIsServed) {
    const auto served = open();
    EXPECT_THAT(move(), HasSubstr("in use by another gateway process"));
}

TEST_F(MoveRefusal, OfNoFile) {
    auto how = move_settings();
    how.from.path = folder.file("other.db");
    EXPECT_THAT(move(how), HasSubstr("there is none"));
}

TEST_F(MoveRefusal, IntoADatabaseThatIsServed) {
    auto served = open_target();
    auto how = move_settings();
    // A sign of life after the move has looked for the first time.
    how.on_step = [&](moving::move_step step, auto, auto) {
        if (step == moving::move_step::waits) {
            database.query("UPDATE replicas SET renewals = renewals + 1");
        }
    };
    EXPECT_THAT(move(how), HasSubstr("stop all its replicas first"));
    EXPECT_EQ(database.query("SELECT count(*) FROM journal_move"), "0");
    EXPECT_TRUE(is_accepted(loop.await(served->accept(wish(2), std::nullopt))));
}

TEST_F(MoveRefusal, ButNotForAReplicaThatIsGone) {
    leave_a_dead_replica();
    EXPECT_EQ(move(), "");
    EXPECT_EQ(database.query("SELECT count(*) FROM replicas WHERE ended_at IS NULL"), "0");
}

TEST_F(MoveRefusal, IntoADatabaseThatHoldsSomething) {
    auto target = open_target();
    ASSERT_TRUE(is_accepted(loop.await(target->accept(wish(2), std::nullopt))));
    target.reset();
    EXPECT_THAT(move(), HasSubstr("only an empty one"));
    EXPECT_NE(open(), nullptr) << "the file is as it was";
}

TEST_F(MoveRefusal, IntoTheHalfDoneMoveOfAnotherJournal) {
    auto how = move_settings();
    how.on_step = [](moving::move_step step, auto, auto) {
        if (step == moving::move_step::copies) {
            throw std::runtime_error("broken off");
        }
    };
    ASSERT_EQ(move(how), "broken off");
    EXPECT_THAT(target_refusal(), HasSubstr("has begun and not ended"));
    sqlite_settings other = settings();
    other.path = folder.file("other.db");
    open_sqlite_journal(loop.time(), other, probe).reset();
    how = move_settings();
    how.from.path = other.path;
    EXPECT_THAT(move(how), HasSubstr("a move of another journal"));
    EXPECT_EQ(move(), "");
}

TEST_F(MoveRefusal, OfAJournalThatWasMoved) {
    ASSERT_EQ(move(), "");
    EXPECT_THAT(move(), HasSubstr("were moved to PostgreSQL"));
    EXPECT_THAT(refusal(settings()), HasSubstr("were moved to PostgreSQL"));
    support::postgres_database empty;
    auto how = move_settings();
    how.to.writer.connect.conninfo_file = empty.conninfo_file();
    EXPECT_THAT(move(how), HasSubstr("were moved to PostgreSQL"));
}

TEST_F(MoveRefusal, OfACopyThatDiffers) {
    auto how = move_settings();
    how.on_step = [this](moving::move_step step, auto, auto) {
        if (step == moving::move_step::copies) {
            database.query("UPDATE redemptions SET natural_key = 'other'");
        }
    };
    EXPECT_THAT(move(how), HasSubstr("differs in redemption " + id_of(1).str()));
    EXPECT_THAT(target_refusal(), HasSubstr("has begun and not ended"));
    EXPECT_NE(open(), nullptr) << "the file is as it was";
}

TEST_F(MoveRefusal, OfACopyWithOneMore) {
    auto how = move_settings();
    how.on_step = [this](moving::move_step step, auto, auto) {
        if (step == moving::move_step::copies) {
            database.query("INSERT INTO bans VALUES ('a:b', 'm', now(), 1, false)");
        }
    };
    EXPECT_THAT(move(how), HasSubstr("another number of rows"));
}

TEST_F(MoveRefusal, OfAnEarlierRunThatGoesOn) {
    auto how = move_settings();
    how.on_step = [this](moving::move_step step, auto, auto) {
        if (step == moving::move_step::began) {
            database.query("UPDATE journal_move SET run = run + 1");
        }
    };
    EXPECT_THAT(move(how), HasSubstr("another run of the move"));
    EXPECT_EQ(database.query("SELECT count(*) FROM redemptions"), "0");
}

}  // namespace
}  // namespace gateway::journal::testing
