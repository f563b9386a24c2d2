#include "journal/deferred_journal.hpp"

#include <gmock/gmock.h>

#include <boost/asio/post.hpp>
#include <future>
#include <thread>

#include "journal/opening_error.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"

// What callers are answered while the journal can't be opened, and what happens once it can.

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr deferred_journal::retry_pauses short_pauses{milliseconds(1), milliseconds(2)};
constexpr deferred_journal::retry_pauses endless_pauses{
    std::chrono::hours(1), std::chrono::hours(1)
};

class DeferredJournal : public sqlite_test {
protected:
    // Fails with each of these reasons first, then opens the file.
    deferred_journal make(
        std::vector<std::string> reasons, deferred_journal::retry_pauses between = short_pauses
    ) {
        refusals = std::move(reasons);
        return {
            loop.time(),
            workers,
            [this] { return open_or_refuse(); },
            [this](const auto& reason) { failures.emplace_back(reason); },
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
    deferred_journal::recovery recovers() {
        return [this]() -> asio::awaitable<journal_result<void>> {
            ++recovered;
            co_return journal_result<void>();
        };
    }
    // Every call of the callers is answered with `reason`.
    void expect_refused(deferred_journal& deferred, const std::string& reason) {
        EXPECT_EQ(reason_of(loop.await(deferred.accept(wish(1), std::nullopt))), reason);
        EXPECT_EQ(reason_of(loop.await(deferred.restart(wish(1), std::nullopt))), reason);
        const auto resolution = settlement_to(id_of(1), state::succeeded, 10);
        EXPECT_EQ(reason_of(loop.await(deferred.decide(resolution, at(0)))), reason);
        EXPECT_EQ(reason_of(loop.await(deferred.find(id_of(1)))), reason);
        EXPECT_EQ(reason_of(loop.await(deferred.find_by_key(wish(1).caller, wish(1).key))), reason);
        EXPECT_EQ(reason_of(loop.await(deferred.list({}))), reason);
        EXPECT_EQ(reason_of(loop.await(deferred.leave_word(id_of(1), {}))), reason);
        EXPECT_EQ(reason_of(loop.await(deferred.lift_bans(wish(1).identity, {}))), reason);
        EXPECT_EQ(deferred.trouble(), journal_error{base::redacted_text::trusted(reason)});
    }
    // So is every call of the recovery.
    void expect_recovery_refused(deferred_journal& deferred, const std::string& reason) {
        const auto started = started_attempt(1, 10);
        EXPECT_EQ(reason_of(loop.await(deferred.start_attempt(id_of(1), started))), reason);
        const auto end = settlement_to(id_of(1), state::failed, 10);
        EXPECT_EQ(reason_of(loop.await(deferred.settle(end))), reason);
        EXPECT_EQ(reason_of(loop.await(deferred.load_bans())), reason);
        EXPECT_EQ(reason_of(loop.await(deferred.take(10))), reason);
        EXPECT_EQ(reason_of(loop.await(deferred.tell_late(end))), reason);
        EXPECT_EQ(reason_of(loop.await(deferred.give_back({id_of(1)}))), reason);
        EXPECT_EQ(reason_of(loop.await(deferred.look({id_of(1)}, {}))), reason);
        EXPECT_EQ(reason_of(loop.await(deferred.count_unknown())), reason);
        EXPECT_EQ(reason_of(loop.await(deferred.newest_change())), reason);
        EXPECT_EQ(reason_of(loop.await(deferred.probe())), reason);
        EXPECT_EQ(reason_of(loop.await(deferred.remove_final_before(at(0), 1))), reason);
    }

    asio::thread_pool workers{1};
    std::vector<std::string> refusals;
    std::vector<std::thread::id> opened_on;
    std::vector<std::string> failures;
    int recovered = 0;
};

TEST_F(DeferredJournal, AnswersEverythingWithTheReasonUntilItIsOpen) {
    auto deferred = make({"owned by another"}, endless_pauses);
    expect_refused(deferred, "the journal is being opened");
    expect_recovery_refused(deferred, "the journal is being opened");
    std::vector<open_outcome> ended;
    loop.start(deferred.open(recovers()), ended);
    loop.run_until([&] { return !failures.empty(); });
    // run() would wait for the pause to end: each question is asked before it.
    std::vector<journal_result<accept_outcome>> answers;
    loop.start(deferred.accept(wish(1), std::nullopt), answers);
    loop.run_until([&] { return !answers.empty(); });
    EXPECT_EQ(reason_of(answers.front()), "owned by another");
    EXPECT_EQ(deferred.trouble(), journal_error{base::fixed_text("owned by another")});
    deferred.cancel_open();
    loop.run();
    EXPECT_THAT(ended, ElementsAre(open_outcome::cancelled));
    expect_refused(deferred, "owned by another");
    expect_recovery_refused(deferred, "owned by another");
    EXPECT_EQ(recovered, 0);
}

// The log may name the host of a database; callers and /readyz may not.
TEST_F(DeferredJournal, TellsCallersLessThanTheLog) {
    deferred_journal deferred(
        loop.time(),
        workers,
        []() -> std::unique_ptr<managed_journal> {
            throw opening_error(
                base::fixed_text("db.example cannot be resolved"), base::fixed_text("unreachable")
            );
        },
        [this](const auto& reason) { failures.emplace_back(reason); },
        endless_pauses
    );
    std::vector<open_outcome> ended;
    loop.start(deferred.open(recovers()), ended);
    loop.run_until([&] { return !failures.empty(); });
    EXPECT_THAT(failures, ElementsAre("db.example cannot be resolved"));
    EXPECT_EQ(deferred.trouble(), journal_error{base::fixed_text("unreachable")});
    deferred.cancel_open();
    loop.run();
}

TEST_F(DeferredJournal, RetriesUntilItOpensAndRecoversOnce) {
    auto deferred = make({"locked", "locked", "read-only"});
    EXPECT_EQ(loop.await(deferred.open(recovers())), open_outcome::opened);
    EXPECT_THAT(failures, ElementsAre("locked", "locked", "read-only"));
    EXPECT_EQ(recovered, 1);
    EXPECT_EQ(deferred.trouble(), std::nullopt);
    EXPECT_TRUE(is_accepted(loop.await(deferred.accept(wish(1), std::nullopt))));
    const auto found = loop.await(deferred.find(id_of(1)));
    EXPECT_TRUE(found && *found);
    deferred.close();
    EXPECT_EQ(reason_of(loop.await(deferred.find(id_of(1)))), "the journal is closed");
}

TEST_F(DeferredJournal, NeverOpensOnTheLoop) {
    auto deferred = make({"locked"});
    EXPECT_EQ(loop.await(deferred.open(recovers())), open_outcome::opened);
    ASSERT_EQ(opened_on.size(), 2u);
    for (const auto id : opened_on) {
        EXPECT_NE(id, std::this_thread::get_id());
    }
}

TEST_F(DeferredJournal, LetsTheRecoveryWriteBeforeCallersAreServed) {
    ASSERT_TRUE(is_accepted(loop.await(open()->accept(wish(1), std::nullopt))));
    auto deferred = make({});
    std::vector<std::string> refused;
    std::size_t pending = 0;
    const auto recover = [&]() -> asio::awaitable<journal_result<void>> {
        const auto loaded = co_await deferred.take(10);
        pending = loaded ? loaded->size() : 0;
        const auto started = co_await deferred.start_attempt(id_of(1), started_attempt(1, 10));
        EXPECT_EQ(reason_of(started), "");
        const auto settled = co_await deferred.settle(settlement_to(id_of(1), state::unknown, 20));
        EXPECT_EQ(reason_of(settled), "");
        const auto counted = co_await deferred.count_unknown();
        EXPECT_TRUE(counted && *counted == 1);
        const auto accepted = co_await deferred.accept(wish(2), std::nullopt);
        refused.push_back(reason_of(accepted));
        const auto found = co_await deferred.find(id_of(1));
        refused.push_back(reason_of(found));
        refused.emplace_back(deferred.trouble().value_or(journal_error{}).reason);
        co_return journal_result<void>();
    };
    EXPECT_EQ(loop.await(deferred.open(recover)), open_outcome::opened);
    EXPECT_EQ(pending, 1u);
    EXPECT_THAT(refused, ::testing::Each(HasSubstr("reading what the journal holds")));
    EXPECT_THAT(failures, IsEmpty());
}

// The file's owner lock would refuse a second opening beside the first.
TEST_F(DeferredJournal, ClosesAFileItCouldNotRecoverAndOpensItAfresh) {
    auto deferred = make({});
    int tries = 0;
    const auto recover = [&]() -> asio::awaitable<journal_result<void>> {
        if (++tries < 3) {
            co_return journal_error{base::fixed_text("the journal file is damaged")};
        }
        co_return journal_result<void>();
    };
    EXPECT_EQ(loop.await(deferred.open(recover)), open_outcome::opened);
    EXPECT_EQ(opened_on.size(), 3u);
    EXPECT_THAT(
        failures, ElementsAre("the journal file is damaged", "the journal file is damaged")
    );
    EXPECT_TRUE(is_accepted(loop.await(deferred.accept(wish(1), std::nullopt))));
}

TEST_F(DeferredJournal, RecoversNothingWhenCancelledWhileItOpens) {
    std::promise<void> may_open;
    std::promise<void> opening;
    deferred_journal deferred(
        loop.time(),
        workers,
        [&] {
            opening.set_value();
            may_open.get_future().wait();
            return open();
        },
        [this](const auto& reason) { failures.emplace_back(reason); },
        short_pauses
    );
    std::vector<open_outcome> ended;
    loop.start(deferred.open(recovers()), ended);
    loop.poll();
    opening.get_future().wait();
    deferred.cancel_open();
    may_open.set_value();
    loop.run();
    EXPECT_THAT(ended, ElementsAre(open_outcome::cancelled));
    EXPECT_EQ(recovered, 0);
    EXPECT_NE(deferred.trouble(), std::nullopt);
    deferred.close();
}

TEST_F(DeferredJournal, OpensNothingOnceCancelled) {
    auto deferred = make({});
    deferred.cancel_open();
    EXPECT_EQ(loop.await(deferred.open(recovers())), open_outcome::cancelled);
    EXPECT_THAT(opened_on, IsEmpty());
}

// A clock on which every pause ends as soon as it begins.
class skipped_time final : public base::runtime {
public:
    explicit skipped_time(base::runtime& time) : time_(time) {}

    base::steady_time now() const noexcept override { return now_; }
    std::chrono::system_clock::time_point precise_wall_now() const noexcept override { return {}; }
    std::uint64_t random_bits() override { return 0; }
    asio::any_io_executor executor() const override { return time_.executor(); }
    std::unique_ptr<base::timer> make_timer() override {
        return std::make_unique<skipped_timer>(*this);
    }

    std::vector<std::chrono::steady_clock::duration> pauses;

private:
    class skipped_timer final : public base::timer {
    public:
        explicit skipped_timer(skipped_time& time) : time_(time) {}
        void start(base::steady_time at, completion done) override {
            time_.pauses.push_back(at - time_.now_);
            time_.now_ = at;
            asio::post(time_.executor(), std::move(done));
        }
        void cancel() override {}

    private:
        skipped_time& time_;
    };

    base::runtime& time_;
    base::steady_time now_{};
};

TEST_F(DeferredJournal, WaitsLongerAfterEachFailureUpToItsLongestPause) {
    skipped_time time(loop.time());
    refusals.assign(5, "locked");
    deferred_journal deferred(
        time,
        workers,
        [this] { return open_or_refuse(); },
        [](std::string_view) {},
        {milliseconds(4), milliseconds(16)}
    );
    EXPECT_EQ(loop.await(deferred.open(recovers())), open_outcome::opened);
    EXPECT_THAT(
        time.pauses,
        ElementsAre(
            milliseconds(4), milliseconds(8), milliseconds(16), milliseconds(16), milliseconds(16)
        )
    );
}

}  // namespace
}  // namespace gateway::journal::testing
