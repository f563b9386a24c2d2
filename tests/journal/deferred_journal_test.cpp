#include "journal/deferred_journal.hpp"

#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"

// What callers are told while the journal can't be opened, and what happens once it can.

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr late_journal::pauses short_pauses{milliseconds(1), milliseconds(2)};
constexpr late_journal::pauses endless_pauses{std::chrono::hours(1), std::chrono::hours(1)};

class LateJournal : public sqlite_test {
protected:
    // Fails with each of these reasons first, then opens the file.
    late_journal make(
        std::vector<std::string> reasons, late_journal::pauses between = short_pauses
    ) {
        refusals = std::move(reasons);
        return {
            loop.time(),
            workers,
            [this] { return open_or_refuse(); },
            [this](std::string_view reason) { told.emplace_back(reason); },
            between
        };
    }
    std::unique_ptr<managed_journal> open_or_refuse() {
        opened_on.push_back(std::this_thread::get_id());
        if (opened_on.size() <= refusals.size()) {
            throw std::runtime_error(refusals[opened_on.size() - 1]);
        }
        return open();
    }
    late_journal::taker takes_up() {
        return [this]() -> asio::awaitable<journal_result<void>> {
            ++taken_up;
            co_return journal_result<void>();
        };
    }
    // Nothing that a caller may ask is answered with anything but `reason`.
    void expect_refused(late_journal& late, const std::string& reason) {
        EXPECT_EQ(reason_of(loop.await(late.accept(wish(1), std::nullopt))), reason);
        EXPECT_EQ(reason_of(loop.await(late.restart(wish(1), std::nullopt))), reason);
        const auto word = settlement_to(id_of(1), state::succeeded, 10);
        EXPECT_EQ(reason_of(loop.await(late.decide(word, at(0)))), reason);
        EXPECT_EQ(reason_of(loop.await(late.find(id_of(1)))), reason);
        EXPECT_EQ(reason_of(loop.await(late.find_by_key(wish(1).caller, wish(1).key))), reason);
        EXPECT_EQ(reason_of(loop.await(late.list({}))), reason);
        EXPECT_EQ(late.trouble(), journal_error{reason});
    }
    // Nor anything that is written for what is taken up.
    void expect_unwritable(late_journal& late, const std::string& reason) {
        const auto started = started_attempt(1, 10);
        EXPECT_EQ(reason_of(loop.await(late.start_attempt(id_of(1), started))), reason);
        const auto end = settlement_to(id_of(1), state::failed, 10);
        EXPECT_EQ(reason_of(loop.await(late.settle(end))), reason);
        EXPECT_EQ(reason_of(loop.await(late.load_bans())), reason);
        EXPECT_EQ(reason_of(loop.await(late.load_pending())), reason);
        EXPECT_EQ(reason_of(loop.await(late.count_unknown())), reason);
        EXPECT_EQ(reason_of(loop.await(late.probe())), reason);
        EXPECT_EQ(reason_of(loop.await(late.remove_final_before(at(0), 1))), reason);
    }

    asio::thread_pool workers{1};
    std::vector<std::string> refusals;
    std::vector<std::thread::id> opened_on;
    std::vector<std::string> told;
    int taken_up = 0;
};

TEST_F(LateJournal, AnswersEverythingWithTheReasonUntilItIsOpen) {
    auto late = make({"owned by another"}, endless_pauses);
    expect_refused(late, "the journal is being opened");
    expect_unwritable(late, "the journal is being opened");
    std::vector<bool> ended;
    loop.start(late.open(takes_up()), ended);
    loop.run_until([&] { return !told.empty(); });
    // run() would wait for the pause to end: each question is asked before it.
    std::vector<journal_result<accept_outcome>> taken;
    loop.start(late.accept(wish(1), std::nullopt), taken);
    loop.run_until([&] { return !taken.empty(); });
    EXPECT_EQ(reason_of(taken.front()), "owned by another");
    EXPECT_EQ(late.trouble(), journal_error{"owned by another"});
    late.give_up();
    loop.run();
    EXPECT_THAT(ended, ElementsAre(false));
    expect_refused(late, "owned by another");
    expect_unwritable(late, "owned by another");
    EXPECT_EQ(taken_up, 0);
}

TEST_F(LateJournal, TriesUntilItOpensAndTakesUpOnce) {
    auto late = make({"locked", "locked", "read-only"});
    EXPECT_TRUE(loop.await(late.open(takes_up())));
    EXPECT_THAT(told, ElementsAre("locked", "locked", "read-only"));
    EXPECT_EQ(taken_up, 1);
    EXPECT_EQ(late.trouble(), std::nullopt);
    EXPECT_TRUE(is_accepted(loop.await(late.accept(wish(1), std::nullopt))));
    const auto found = loop.await(late.find(id_of(1)));
    EXPECT_TRUE(found && *found);
    late.close();
    EXPECT_EQ(reason_of(loop.await(late.find(id_of(1)))), "the journal is closed");
}

TEST_F(LateJournal, NeverOpensOnTheLoop) {
    auto late = make({"locked"});
    EXPECT_TRUE(loop.await(late.open(takes_up())));
    ASSERT_EQ(opened_on.size(), 2u);
    for (const auto id : opened_on) {
        EXPECT_NE(id, std::this_thread::get_id());
    }
}

TEST_F(LateJournal, LetsWhatIsTakenUpWriteBeforeCallersComeIn) {
    ASSERT_TRUE(is_accepted(loop.await(open()->accept(wish(1), std::nullopt))));
    auto late = make({});
    std::vector<std::string> refused;
    std::size_t pending = 0;
    const auto take_up = [&]() -> asio::awaitable<journal_result<void>> {
        const auto loaded = co_await late.load_pending();
        pending = loaded ? loaded->size() : 0;
        const auto started = co_await late.start_attempt(id_of(1), started_attempt(1, 10));
        EXPECT_EQ(reason_of(started), "");
        const auto settled = co_await late.settle(settlement_to(id_of(1), state::unknown, 20));
        EXPECT_EQ(reason_of(settled), "");
        const auto counted = co_await late.count_unknown();
        EXPECT_TRUE(counted && *counted == 1);
        const auto accepted = co_await late.accept(wish(2), std::nullopt);
        refused.push_back(reason_of(accepted));
        const auto found = co_await late.find(id_of(1));
        refused.push_back(reason_of(found));
        refused.push_back(late.trouble().value_or(journal_error{}).reason);
        co_return journal_result<void>();
    };
    EXPECT_TRUE(loop.await(late.open(take_up)));
    EXPECT_EQ(pending, 1u);
    EXPECT_THAT(refused, ::testing::Each(HasSubstr("being taken up")));
    EXPECT_THAT(told, IsEmpty());
}

// The file's owner lock would refuse a second opening beside the first.
TEST_F(LateJournal, LetsGoOfAFileItCouldNotTakeUpAndOpensItAfresh) {
    auto late = make({});
    int tries = 0;
    const auto take_up = [&]() -> asio::awaitable<journal_result<void>> {
        if (++tries < 3) {
            co_return journal_error{"the journal file is damaged"};
        }
        co_return journal_result<void>();
    };
    EXPECT_TRUE(loop.await(late.open(take_up)));
    EXPECT_EQ(opened_on.size(), 3u);
    EXPECT_THAT(told, ElementsAre("the journal file is damaged", "the journal file is damaged"));
    EXPECT_TRUE(is_accepted(loop.await(late.accept(wish(1), std::nullopt))));
}

TEST_F(LateJournal, TakesNothingUpWhenGivenUpWhileItOpens) {
    std::promise<void> may_open;
    std::promise<void> opening;
    late_journal late(
        loop.time(),
        workers,
        [&] {
            opening.set_value();
            may_open.get_future().wait();
            return open();
        },
        [this](std::string_view reason) { told.emplace_back(reason); },
        short_pauses
    );
    std::vector<bool> ended;
    loop.start(late.open(takes_up()), ended);
    loop.poll();
    opening.get_future().wait();
    late.give_up();
    may_open.set_value();
    loop.run();
    EXPECT_THAT(ended, ElementsAre(false));
    EXPECT_EQ(taken_up, 0);
    EXPECT_NE(late.trouble(), std::nullopt);
    late.close();
}

TEST_F(LateJournal, OpensNothingOnceGivenUp) {
    auto late = make({});
    late.give_up();
    EXPECT_FALSE(loop.await(late.open(takes_up())));
    EXPECT_THAT(opened_on, IsEmpty());
}

TEST_F(LateJournal, WaitsLongerAfterEachFailureUpToItsLongestPause) {
    const auto begun = std::chrono::steady_clock::now();
    auto late = make(std::vector<std::string>(5, "locked"), {milliseconds(4), milliseconds(16)});
    EXPECT_TRUE(loop.await(late.open(takes_up())));
    const auto took = std::chrono::steady_clock::now() - begun;
    EXPECT_GE(took, milliseconds(4 + 8 + 16 + 16 + 16));
}

}  // namespace
}  // namespace gateway::journal::testing
