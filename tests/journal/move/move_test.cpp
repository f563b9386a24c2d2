#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "tests/journal/move/filled_journal.hpp"

// A journal that was moved answers as before (docs/journal-postgres.md, Moving from SQLite).

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using ::testing::HasSubstr;

class Move : public filled_move_test {
protected:
    static std::string outcome_text(const journal_result<accept_outcome>& outcome) {
        if (!outcome) {
            return reason_of(outcome);
        }
        if (const auto* key = std::get_if<key_taken>(&*outcome)) {
            return "key of " + key->existing.id.str();
        }
        if (const auto* natural = std::get_if<natural_key_taken>(&*outcome)) {
            return "natural key of " + natural->by.str();
        }
        if (const auto* falls = std::get_if<total_would_fall>(&*outcome)) {
            return "total " + std::to_string(falls->confirmed) + " by " +
                   (falls->by ? falls->by->str() : "nobody") + (falls->in_doubt ? " in doubt" : "");
        }
        return "accepted";
    }

    // The answers to wishes that are refused, which change nothing.
    std::string refusals(managed_journal& in) {
        std::string all;
        for (int n = 1; n <= filled; ++n) {
            record same = wish(500 + n);
            same.key = wish(n).key;
            same.caller = n == 11 ? caller_name("web") : same.caller;
            all += outcome_text(loop.await(in.accept(same, std::nullopt))) + "\n";
        }
        for (const int n : {1, 2, 3, 4, 5, 8, 9, 12, 14}) {
            record natural = wish(500 + n);
            natural.natural = wish(n).natural;
            all += outcome_text(loop.await(in.accept(natural, std::nullopt))) + "\n";
        }
        for (const char* name :
             {"order_id:doubt",
              "out_order_id:doubt",
              "order_id:unknown",
              "order_id:done",
              "order_id:a",
              "out_order_id:b"}) {
            all +=
                outcome_text(loop.await(in.accept(of_order(600, {name}, 1), std::nullopt))) + "\n";
        }
        record old = wish(700);
        old.totals = {{wish(15).totals.front().subject, -1}};
        all += outcome_text(loop.await(in.accept(old, std::nullopt))) + "\n";
        record known = of_order(710, {"order_id:new"}, 1);
        known.totals.front().subject = wish(15).totals.front().subject;
        return all + outcome_text(loop.await(in.accept(known, std::nullopt))) + "\n";
    }

    std::string records(const journal_result<std::vector<record>>& found) {
        std::string all = reason_of(found) + "\n";
        if (found) {
            for (const auto& one : *found) {
                all += text_of(one);
            }
        }
        return all;
    }

    std::string everything(managed_journal& in) {
        list_filter all;
        all.limit = 2000;
        return records(loop.await(in.list(all)));
    }

    std::string lists(managed_journal& in) {
        std::vector<list_filter> filters(1);
        for (const auto s :
             {state::pending, state::unknown, state::succeeded, state::rejected, state::failed}) {
            filters.emplace_back().in_state = s;
        }
        filters.emplace_back().caller = caller_name("web");
        filters.emplace_back().account = wish(1).account;
        filters.emplace_back().method = method_name("alipay.marketing.voucher.use");
        filters.emplace_back().natural = wish(5).natural;
        filters.emplace_back().key = wish(6).key;
        auto& page = filters.emplace_back();
        page.after = wish(9).id;
        page.limit = 3;
        std::string all;
        for (const auto& filter : filters) {
            all += "list\n" + records(loop.await(in.list(filter)));
        }
        return all;
    }

    std::string facts(managed_journal& in) {
        std::string all;
        const auto bans = loop.await(in.load_bans());
        for (const auto& ban : *bans) {
            all += ban.identity.str() + " " + ban.method.str() + " " +
                   std::to_string(ban.since.time_since_epoch().count()) + " " +
                   std::to_string(ban.length.count()) + (ban.doubted ? " doubted\n" : "\n");
        }
        for (const auto& name : *loop.await(in.account_names())) {
            all += name.account.str() + " " + name.identity.str() + "\n";
        }
        const auto newest = loop.await(in.newest_change());
        all += std::to_string((*newest)->time_since_epoch().count()) + " " +
               std::to_string(*loop.await(in.count_unknown())) + " " +
               std::to_string(in.created_at().value_or(time_point()).time_since_epoch().count());
        return all + "\n";
    }

    // Everything that the journal answers.
    std::string answers(managed_journal& in) {
        return lists(in) + refusals(in) + facts(in) + "take\n" + records(loop.await(in.take(1000)));
    }

    // Runs the move in a process of its own, which kills itself at its n-th step. True: it did.
    bool move_until(int n) {
        const pid_t child = ::fork();
        if (child == 0) {
            int step = 0;
            auto how = move_settings();
            how.on_step = [&](auto, auto, auto) {
                if (++step == n) {
                    ::kill(::getpid(), SIGKILL);
                }
            };
            const auto fault = move(how);
            ::_exit(fault.empty() ? 0 : 3);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << WEXITSTATUS(status);
        return WIFSIGNALED(status);
    }
};

TEST_F(Move, KeepsEveryAnswer) {
    auto journal = open();
    fill(*journal);
    journal.reset();
    journal = open();
    const auto before = answers(*journal);
    journal.reset();

    EXPECT_EQ(move(), "");
    EXPECT_EQ(report.counts.redemptions(), filled);
    EXPECT_EQ(report.counts.unknown, 1);
    journal = open_target();
    EXPECT_EQ(answers(*journal), before);
}

TEST_F(Move, GoesOnThere) {
    auto journal = open();
    fill(*journal);
    journal.reset();
    ASSERT_EQ(move(), "");
    journal = open_target();
    ASSERT_TRUE(loop.await(journal->take(1000)));
    // The first of its order goes before a new one, which joins the line of both names.
    accept(*journal, of_order(20, {"order_id:a"}, 6), started_attempt(1, 10'000));
    const auto look = loop.await(journal->look({}, {id_of(14), id_of(20)}));
    ASSERT_TRUE(look);
    EXPECT_EQ(look->turns, std::vector{id_of(14)});
    auto done = settlement_to(wish(4).id, state::succeeded, 20'000);
    done.history =
        history_entry{at(20'000), "ann", "resolve", "", state::unknown, state::succeeded};
    EXPECT_EQ(reason_of(loop.await(journal->decide(done, at(5000)))), "");
    record again = wish(7);
    again.updated_at = at(20'000);
    EXPECT_TRUE(is_accepted(loop.await(journal->restart(again, started_attempt(2, 20'000)))));
    settle(*journal, settlement_to(wish(7).id, state::succeeded, 21'000));
    accept(*journal, wish(30), started_attempt(1, 10'000));
}

// Totals that an earlier version confirmed are known by their subject only.
TEST_F(Move, LetsNoTotalFallBelowOneWhoseOrderIsNotKnown) {
    auto journal = open_target();
    accept(*journal, of_order(1, {"order_id:z"}, 1));
    database.query(
        "INSERT INTO orders (scope, name, number, line) SELECT scope, '', 9, 9 FROM redemptions;"
        "INSERT INTO confirmed_totals SELECT 9, method, decode(totals->0->>'subject', 'hex'), 2, id"
        " FROM redemptions"
    );
    const auto started = loop.await(journal->start_attempt(id_of(1), started_attempt(1, 2000)));
    ASSERT_TRUE(started);
    const auto* falls = std::get_if<total_would_fall>(&*started);
    ASSERT_NE(falls, nullptr);
    EXPECT_EQ(falls->confirmed, 2);
}

TEST_F(Move, OfSealedTextsKeepsThemReadable) {
    auto journal = open();
    bring(*journal, wish(1), settlement_to(wish(1).id, state::succeeded, 5000));
    journal.reset();
    journal = open_with(key_b);
    auto end = settlement_to(wish(2).id, state::succeeded, 5000);
    end.result = "{\"code\":\"sealed\"}";
    bring(*journal, wish(2), end);
    accept(*journal, wish(3));
    const auto before = lists(*journal);
    journal.reset();

    EXPECT_THAT(move(), HasSubstr("no key is configured"));
    EXPECT_EQ(move(move_settings(key_a + "\n" + key_b)), "");
    EXPECT_EQ(report.in_clear, 1);
    EXPECT_EQ(report.unreadable.size(), 0u);
    EXPECT_EQ(database.query("SELECT sealed FROM journal_secret"), "t");
    journal = open_target(key_a + "\n" + key_b);
    EXPECT_EQ(lists(*journal), before);
}

TEST_F(Move, GoesOnAfterAKillAtAnyStep) {
    auto journal = open();
    for (int n = 1; n <= 1200; ++n) {
        record r = wish(n);
        r.orders = {order_key("order_id:" + std::to_string(n % 7))};
        accept(*journal, r);
    }
    const auto before = everything(*journal);
    journal.reset();
    int kills = 0;
    while (move_until(kills + 1)) {
        ++kills;
        ASSERT_LT(kills, 40);
        if (database.query("SELECT count(*) FROM journal_move WHERE finished_at IS NULL") == "1") {
            EXPECT_THAT(target_refusal(), HasSubstr("--move-journal again"));
        }
    }
    EXPECT_EQ(kills, 6);
    EXPECT_EQ(database.query("SELECT finished_at IS NOT NULL FROM journal_move"), "t");
    journal = open_target();
    EXPECT_EQ(everything(*journal), before);
}

TEST_F(Move, IsReadyForKeysThatReplicasKnowByTwoNames) {
    auto journal = open();
    accept(*journal, wish(1));
    record till = wish(2);
    till.caller = caller_name("till");
    accept(*journal, till);
    // One key under both names, from before they were known to be one caller's.
    record both = wish(3);
    both.key = wish(2).key;
    accept(*journal, both);
    journal.reset();
    ASSERT_EQ(move(), "");
    EXPECT_EQ(
        database.query("SELECT string_agg(key_scope, ',' ORDER BY id) FROM redemptions"),
        "till,till,pos"
    );
}

}  // namespace
}  // namespace gateway::journal::testing
