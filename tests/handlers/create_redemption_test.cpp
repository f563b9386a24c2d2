#include <gtest/gtest.h>

#include "handlers/create_body.hpp"
#include "handlers/resources.hpp"
#include "tests/handlers/fake_core.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::handlers {
namespace {

using redemption::state;
using std::chrono::seconds;
using support::request_builder;

const char* const good_body = R"({"method":"shop.use","params":{"code":"1"}})";

class CreateRedemption : public testing::Test {
protected:
    CreateRedemption() {
        service_.submit_says =
            redemption::redemption_snapshot{.record = support::sample_record(state::succeeded)};
    }

    static request_builder good(std::string body = good_body) {
        request_builder out(std::move(body));
        out.header("Content-Type", "application/json").header("Idempotency-Key", "\"k-1\"");
        return out;
    }
    net::http_response post(const request_builder& request) {
        const auto context = request.context();
        return support::run_coro([&](auto) { return handler_->handle(context); });
    }

    support::fake_service service_;
    support::fake_directory directory_;
    boost::asio::io_context loop_;
    base::system_runtime time_{loop_.get_executor()};
    std::unique_ptr<handler> handler_ =
        make_create_redemption(service_, directory_, time_, std::chrono::hours(24));
};

TEST_F(CreateRedemption, SubmitsTheWishToTheCoreOnce) {
    const auto request = good(R"({"method":"shop.use","expires_in":5,"params":{"code":"1"}})");
    EXPECT_EQ(post(request).status, 200U);
    ASSERT_EQ(service_.submitted.size(), 1U);
    const auto& wish = service_.submitted.front();
    EXPECT_EQ(wish.caller.str(), "pos");
    EXPECT_EQ(wish.key.str(), "k-1");
    EXPECT_EQ(wish.account.str(), "shop-a");
    EXPECT_EQ(wish.expires_in, seconds(5));
    EXPECT_EQ(wish.method->name(), "shop.use");
    EXPECT_EQ(wish.id.str().size(), 36U);
    EXPECT_EQ(service_.until, request.received + seconds(10));
}

TEST_F(CreateRedemption, WaitsAsLongAsTheCallerPrefers) {
    auto request = good();
    request.header("Prefer", "wait=3");
    post(request);
    EXPECT_EQ(service_.until, request.received + seconds(3));
}

TEST_F(CreateRedemption, CallsTheCoreForNoBadRequest) {
    struct row {
        const char* name;
        request_builder request;
        unsigned status;
    };
    const row rows[] = {
        {"no key", request_builder(good_body).header("Content-Type", "application/json"), 400},
        {"bad key",
         request_builder(good_body)
             .header("Content-Type", "application/json")
             .header("Idempotency-Key", "a b"),
         400},
        {"bad JSON", good("{"), 400},
        {"bad params", good(R"({"method":"shop.use","params":{}})"), 400},
        {"no account", good(R"({"method":"shop.many","params":{"code":"1"}})"), 400},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(post(row.request).status, row.status);
        EXPECT_TRUE(service_.submitted.empty());
    }
}

TEST_F(CreateRedemption, ARepetitionKeepsItsAccountAlthoughAnotherServesTheMethodNow) {
    auto earlier = support::sample_record(state::succeeded);
    earlier.account = redemption::account_name("m-1");
    service_.find_by_key_says = redemption::redemption_snapshot{.record = earlier};
    EXPECT_EQ(post(good(R"({"method":"shop.many","params":{"code":"1"}})")).status, 200U);
    ASSERT_EQ(service_.submitted.size(), 1U);
    EXPECT_EQ(service_.submitted.front().account.str(), "m-1");
}

TEST_F(CreateRedemption, AnUnknownAccountIsRefusedUnlessItIsTheEarlierOne) {
    auto earlier = support::sample_record(state::succeeded);
    earlier.account = redemption::account_name("gone");
    service_.find_by_key_says = redemption::redemption_snapshot{.record = earlier};
    const char* const other = R"({"method":"shop.use","account":"other","params":{"code":"1"}})";
    EXPECT_EQ(post(good(other)).status, 400U);
    EXPECT_TRUE(service_.submitted.empty());
    const char* const same = R"({"method":"shop.use","account":"gone","params":{"code":"1"}})";
    EXPECT_EQ(post(good(same)).status, 200U);
}

TEST_F(CreateRedemption, ARepetitionNamesItsAccountAsItWasBeforeItWasRenamed) {
    auto earlier = support::sample_record(state::failed);
    earlier.account = redemption::account_name("gone");
    service_.find_by_key_says = redemption::redemption_snapshot{.record = earlier};
    const auto request = good(R"({"method":"shop.use","account":"gone","params":{"code":"1"}})");
    EXPECT_EQ(post(request).status, 200U);
    ASSERT_EQ(service_.submitted.size(), 1U);
    earlier.body = service_.submitted.front().body;
    earlier.account = redemption::account_name("shop-a");
    service_.find_by_key_says = redemption::redemption_snapshot{.record = earlier};
    EXPECT_EQ(post(request).status, 200U);
    ASSERT_EQ(service_.submitted.size(), 2U);
    EXPECT_EQ(service_.submitted.back().account.str(), "shop-a");
    const char* const other = R"({"method":"shop.use","account":"gone","params":{"code":"2"}})";
    EXPECT_EQ(post(good(other)).status, 400U) << "a new wish names an account that there is";
}

TEST_F(CreateRedemption, NamesTheOtherRedemptionToAReaderOfIt) {
    const redemption::redemption_id other("01a2016f-fb5a-7000-953c-7a9e5ff6a011");
    service_.submit_says = redemption::natural_key_in_use{other};
    service_.find_says =
        redemption::redemption_snapshot{.record = support::sample_record(state::succeeded)};
    EXPECT_TRUE(post(good()).headers.find("Location"));
    EXPECT_FALSE(post(good().as("pos", {config::role::redeem})).headers.find("Location"));
    service_.find_says = redemption::not_found{};
    EXPECT_FALSE(post(good()).headers.find("Location"));
    const redemption::submit_outcome conflicts[] = {
        redemption::total_falls{7, other}, redemption::key_reused{other}
    };
    for (const auto& conflict : conflicts) {
        service_.submit_says = conflict;
        EXPECT_EQ(post(good()).body.find(other.str()), std::string::npos) << conflict.index();
    }
}

// A failed one would start over with an account that was taken from the caller meanwhile.
TEST_F(CreateRedemption, ARepetitionDoesNotReachAnAccountThatTheCallerHasLost) {
    auto earlier = support::sample_record(state::failed);
    earlier.account = redemption::account_name("m-2");
    service_.find_by_key_says = redemption::redemption_snapshot{.record = earlier};
    auto request = good(R"({"method":"shop.many","params":{"code":"1"}})");
    request.caller.accounts = {redemption::account_name("m-1")};
    EXPECT_EQ(post(request).status, 403U);
    EXPECT_TRUE(service_.submitted.empty());
    service_.find_by_key_says = redemption::not_found{};
    EXPECT_EQ(post(request).status, 200U);
    ASSERT_EQ(service_.submitted.size(), 1U);
    EXPECT_EQ(service_.submitted.front().account.str(), "m-1");
}

TEST_F(CreateRedemption, AnAccountOfOthersIsRefusedWithoutALookUp) {
    service_.find_by_key_says = redemption::unavailable{.detail = base::fixed_text("disk trouble")};
    auto request = good(R"({"method":"shop.many","account":"m-2","params":{"code":"1"}})");
    request.caller.accounts = {redemption::account_name("m-1")};
    EXPECT_EQ(post(request).status, 403U);
    EXPECT_TRUE(service_.submitted.empty());
}

TEST_F(CreateRedemption, RefusesNoAccountWhileTheEarlierRedemptionCannotBeRead) {
    service_.find_by_key_says = redemption::unavailable{.detail = base::fixed_text("disk trouble")};
    const auto response = post(good(R"({"method":"shop.many","params":{"code":"1"}})"));
    EXPECT_EQ(response.status, 503U);
    EXPECT_TRUE(response.headers.find("Retry-After"));
    EXPECT_TRUE(service_.submitted.empty());
}

const char* const spaced_body = R"({"method":"shop.use","params":{"code":"1 "}})";

// Of a redemption that an earlier version accepted with this body.
redemption::redemption_snapshot accepted_before(const char* body, state s) {
    const support::fake_directory directory;
    const auto reading = read_create_body(body, directory, {redemption::caller_name("pos"), {}});
    redemption::redemption_snapshot out{.record = support::sample_record(s)};
    out.record.body = std::get<create_wish>(reading).fingerprint;
    return out;
}

// Repeating is always safe: codes that are refused now were taken by an earlier version.
TEST_F(CreateRedemption, ARepetitionOfACodeThatIsRefusedNowGetsItsAnswer) {
    EXPECT_EQ(post(good(spaced_body)).status, 400U);
    const struct {
        state then;
        state now;
        unsigned status;
        const char* replayed;
    } rows[] = {
        {state::succeeded, state::succeeded, 200, "true"},
        {state::pending, state::succeeded, 200, ""},
        {state::pending, state::pending, 202, ""},
        {state::unknown, state::unknown, 202, ""},
        {state::rejected, state::rejected, 422, "true"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(redemption::to_string(row.then));
        service_.find_by_key_says = accepted_before(spaced_body, row.then);
        service_.find_says = accepted_before(spaced_body, row.now);
        auto request = good(spaced_body);
        request.header("Prefer", "wait=3");
        const auto response = post(request);
        EXPECT_EQ(response.status, row.status);
        EXPECT_EQ(response.headers.find("Idempotent-Replayed").value_or(""), row.replayed);
        EXPECT_EQ(service_.until, request.received + seconds(3));
    }
    EXPECT_TRUE(service_.submitted.empty());
}

TEST_F(CreateRedemption, ACodeThatIsRefusedNowIsNotSentAgain) {
    const struct {
        const char* name;
        redemption::find_outcome by_key;
        redemption::find_outcome by_id;
        unsigned status;
    } rows[] = {
        {"it would start over", accepted_before(spaced_body, state::failed), {}, 400},
        {"another code", accepted_before(good_body, state::succeeded), {}, 400},
        {"it is removed meanwhile",
         accepted_before(spaced_body, state::succeeded),
         redemption::not_found{},
         400},
        {"the journal cannot be read",
         redemption::unavailable{.detail = base::fixed_text("disk trouble")},
         {},
         503},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        service_.find_by_key_says = row.by_key;
        service_.find_says = row.by_id;
        const auto response = post(good(spaced_body));
        EXPECT_EQ(response.status, row.status);
        EXPECT_EQ(
            response.body.find(R"("pointer":"/params/code")") != std::string::npos,
            row.status == 400
        );
    }
    service_.find_by_key_says = accepted_before(spaced_body, state::succeeded);
    EXPECT_EQ(post(good(R"({"method":"shop.use","params":{"code":"1 "},"extra":1})")).status, 400U);
    EXPECT_TRUE(service_.submitted.empty());
}

class GetRedemption : public testing::Test {
protected:
    net::http_response get(const request_builder& request, std::string_view id) {
        const auto context = request.context({}, id);
        return support::run_coro([&](auto) { return handler_->handle(context); });
    }

    support::fake_service service_;
    boost::asio::io_context loop_;
    base::system_runtime time_{loop_.get_executor()};
    std::unique_ptr<handler> handler_ = make_get_redemption(service_, std::chrono::hours(24));
    const std::string id_ = "01a2016f-fb5a-7000-953c-7a9e5ff6a088";
};

TEST_F(GetRedemption, WaitsOnlyOnRequest) {
    service_.find_says =
        redemption::redemption_snapshot{.record = support::sample_record(state::pending)};
    request_builder plain;
    EXPECT_EQ(get(plain, id_).status, 200U);
    EXPECT_EQ(service_.until, plain.received);
    request_builder waiting;
    waiting.header("Prefer", "wait=20");
    const auto response = get(waiting, id_);
    EXPECT_EQ(service_.until, waiting.received + seconds(20));
    EXPECT_EQ(response.headers.find("Preference-Applied"), "wait=20");
}

TEST_F(GetRedemption, ShowsCallersTheirOwnAndOperatorsAll) {
    service_.find_says = redemption::not_found{};
    EXPECT_EQ(get(request_builder().as("pos", {config::role::read}), id_).status, 404U);
    EXPECT_EQ(service_.reader->caller, redemption::caller_name("pos"));
    get(request_builder().as("ops", {config::role::read, config::role::operate}), id_);
    EXPECT_EQ(service_.reader->caller, std::nullopt);
    EXPECT_EQ(service_.reader->accounts, std::nullopt);
}

TEST_F(GetRedemption, ShowsAReaderOnlyItsAccounts) {
    service_.find_says = redemption::not_found{};
    auto request = request_builder().as("ops", {config::role::read, config::role::operate});
    request.caller.accounts = {redemption::account_name("shop-a")};
    get(request, id_);
    EXPECT_EQ(service_.reader->accounts, request.caller.accounts);
}

TEST_F(GetRedemption, AnswersAMalformedIdWithoutTheCore) {
    service_.find_says =
        redemption::redemption_snapshot{.record = support::sample_record(state::pending)};
    EXPECT_EQ(get(request_builder(), "1").status, 404U);
    EXPECT_EQ(service_.until, std::nullopt);
}

}  // namespace
}  // namespace gateway::handlers
