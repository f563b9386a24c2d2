#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "tests/journal/move/move_fixture.hpp"

// A journal that was moved answers as before (docs/journal-postgres.md, Moving from SQLite).

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using moving::move_step;
using ::testing::HasSubstr;

attempt ambiguous_attempt(std::uint32_t number, std::int64_t milliseconds) {
    attempt a = ended_attempt(number, milliseconds);
    a.phase = phase::maybe_sent;
    a.verdict = verdict::ambiguous;
    a.said = {std::nullopt, std::nullopt, base::fixed_text("no \"answer\" \\ 券"), std::nullopt};
    return a;
}

record of_order(int n, const std::vector<std::string>& names, std::int64_t total) {
    record r = wish(n);
    r.orders.clear();
    r.totals.clear();
    for (const auto& name : names) {
        r.orders.emplace_back(name);
        r.totals.push_back(
            {.subject = name + "/code", .total = total, .order = order_key(name), .code = "code"}
        );
    }
    return r;
}

class Move : public move_test {
protected:
    void accept(managed_journal& in, const record& r, std::optional<attempt> first = std::nullopt) {
        auto outcome = loop.await(in.accept(r, std::move(first)));
        EXPECT_TRUE(is_accepted(outcome)) << reason_of(outcome) << " " << r.id.str();
    }
    void settle(managed_journal& in, const settlement& what) {
        EXPECT_EQ(reason_of(loop.await(in.settle(what))), "") << what.id.str();
    }
    // Accepts it with an attempt that ends so.
    void bring(managed_journal& in, const record& r, settlement end) {
        accept(in, r, started_attempt(1, 100));
        if (!end.ended) {
            end.ended = ended_attempt(1, 100);
        }
        settle(in, end);
    }

    // One redemption or more of each state and history.
    void fill(managed_journal& in) {
        accept(in, wish(1));
        accept(in, wish(2), started_attempt(1, 2000));
        auto end = settlement_to(wish(3).id, state::pending, 4000);
        end.ended = ambiguous_attempt(1, 3000);
        bring(in, of_order(3, {"order_id:doubt", "out_order_id:doubt"}, 7), end);
        end = settlement_to(wish(4).id, state::unknown, 5000);
        end.ended = ambiguous_attempt(1, 3000);
        end.error =
            error_info{error_source::network, base::fixed_text("it's \"lost\""), end.ended->said};
        bring(in, of_order(4, {"order_id:unknown"}, 9), end);
        end = settlement_to(wish(5).id, state::succeeded, 6000);
        end.result = R"({"code":"secret-result"})";
        end.confirmed = of_order(5, {"order_id:done"}, 3).totals;
        bring(in, of_order(5, {"order_id:done"}, 3), end);
        end = settlement_to(wish(6).id, state::rejected, 7000);
        end.error = error_info{
            error_source::platform,
            base::fixed_text("no"),
            end.ended.value_or(attempt()).said,
            error_kind::total_would_fall
        };
        bring(in, wish(6), end);
        bring(in, wish(7), settlement_to(wish(7).id, state::failed, 8000));
        fill_more(in);
    }

    void fill_more(managed_journal& in) {
        bring(in, wish(8), settlement_to(wish(8).id, state::failed, 8000));
        record again = wish(8);
        again.updated_at = at(9000);
        again.expires_at = at(99'000);
        EXPECT_TRUE(is_accepted(loop.await(in.restart(again, std::nullopt))));
        auto end = settlement_to(wish(9).id, state::unknown, 5000);
        end.ended = ambiguous_attempt(1, 3000);
        bring(in, wish(9), end);
        settle(in, settlement_by_operator(wish(9).id, state::succeeded, 9500));
        end = settlement_to(wish(10).id, state::pending, 5000);
        end.ended = ended_attempt(1, 100);
        end.ended->verdict = verdict::not_executed;
        end.ban = std::chrono::minutes(10);
        end.ban_doubted = true;
        record banned = wish(10);
        banned.method = method_name("alipay.marketing.voucher.use");
        bring(in, banned, end);
        record old = wish(11);
        old.identity = {};
        old.caller = caller_name("web");
        old.natural.reset();
        accept(in, old);
        // Two lines that turn out to be one order's.
        end = settlement_to(wish(12).id, state::succeeded, 6000);
        end.confirmed = of_order(12, {"order_id:a"}, 2).totals;
        bring(in, of_order(12, {"order_id:a"}, 2), end);
        end = settlement_to(wish(13).id, state::succeeded, 6000);
        end.confirmed = of_order(13, {"out_order_id:b"}, 4).totals;
        bring(in, of_order(13, {"out_order_id:b"}, 4), end);
        accept(in, of_order(14, {"out_order_id:b", "order_id:a"}, 5));
        // Confirmed by a version that did not know the order.
        end = settlement_to(wish(15).id, state::succeeded, 6000);
        end.confirmed = wish(15).totals;
        bring(in, wish(15), end);
    }

    static constexpr int filled = 15;

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
        return all + outcome_text(loop.await(in.accept(old, std::nullopt))) + "\n";
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
