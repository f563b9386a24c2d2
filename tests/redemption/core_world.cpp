#include "core_world.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "redemption/redemption_id.hpp"

namespace gateway::redemption::testing {

attempt_outcome outcome(phase p, verdict v) {
    attempt_outcome result;
    result.phase = p;
    result.verdict = v;
    result.detail = "scripted";
    if (v == verdict::executed) {
        result.result = R"({"is_success":true})";
    }
    return result;
}

record left_behind(const core_world& world, const submission& wish, const char* account, state in) {
    record what;
    what.id = wish.id;
    what.caller = wish.caller;
    what.key = wish.key;
    what.body = wish.body;
    what.account = account_name(account);
    what.method = method_name("test.redeem");
    what.state = in;
    what.created_at = world.time.wall_now();
    what.lifetime = std::chrono::seconds(60);
    what.expires_at = what.created_at + what.lifetime;
    return what;
}

const record& record_of(const submit_outcome& answer) {
    static const record none;
    const auto* found = std::get_if<redemption_snapshot>(&answer);
    EXPECT_TRUE(found) << "no snapshot: alternative " << answer.index();
    return found ? found->record : none;
}

const record& record_of(const operate_outcome& answer) {
    static const record none;
    const auto* found = std::get_if<redemption_snapshot>(&answer);
    EXPECT_TRUE(found) << "no snapshot: alternative " << answer.index();
    return found ? found->record : none;
}

boost::asio::awaitable<attempt_outcome> scripted_account::attempt(attempt_request request) {
    seen.push_back(request);
    params.emplace_back(request.params->reveal());
    most_at_once = std::max(most_at_once, ++at_once);
    if (during) {
        during();
    }
    const auto timer = time_.make_timer();
    co_await base::wait_for(*timer, time_.now() + takes);
    --at_once;
    if (auto answer = by_params ? by_params(request.params->reveal()) : std::nullopt) {
        co_return *answer;
    }
    if (script.empty()) {
        co_return outcome(phase::answered, verdict::executed);
    }
    auto next = script.front();
    script.pop_front();
    co_return next;
}

core_world::core_world()
    : tasks(time.executor(), [this](const std::exception& e) { faults.emplace_back(e.what()); }) {
    restart();
}

core_world::~core_world() {
    core->begin_drain(std::chrono::steady_clock::time_point::max());
    run_for(std::chrono::seconds(5));
    EXPECT_EQ(tasks.size(), 0U) << "a redemption was not parked";
    for (const auto& fault : faults) {
        ADD_FAILURE() << "a task failed: " << fault;
    }
}

void core_world::restart() {
    if (core) {
        core->begin_drain(std::chrono::steady_clock::time_point::max());
        run_for(std::chrono::seconds(5));
    }
    core_context context{
        .time = time,
        .journal = journal,
        .fellows = fellows,
        .methods = methods,
        .probe = probe,
        .spawn = [this](boost::asio::awaitable<void> task) { tasks.spawn(std::move(task)); },
    };
    context.formerly = formerly;
    std::vector<account_entry> accounts{{.account = &account, .limits = limits}};
    for (auto* const other : others) {
        accounts.push_back({.account = other, .limits = limits});
    }
    core = make_engine(std::move(context), std::move(accounts));
}

void core_world::restart_and_pick_up() {
    restart();
    EXPECT_TRUE(run(core->pick_up()));
}

submission core_world::wish(std::string key, bool replay_safe, std::string params) const {
    submission what;
    what.id = new_redemption_id(time.precise_wall_now(), ++ids);
    what.caller = caller_name("pos");
    what.key = idempotency_key(std::move(key));
    what.method = methods.method("");
    what.account = account_name("shop");
    what.terms.canonical = params_text(std::string(params));
    what.terms.params = what.terms.canonical;
    what.terms.replay_safe = replay_safe;
    for (std::size_t i = 0; i < params.size(); ++i) {
        what.body[i % what.body.size()] ^= static_cast<std::uint8_t>(params[i]);
    }
    return what;
}

submit_outcome core_world::submit(submission what, std::chrono::milliseconds wait) {
    return run(core->submit(std::move(what), waiting(wait)));
}

template <class T>
void core_world::start(boost::asio::awaitable<T> task, std::optional<T>& result) {
    asio::co_spawn(time.executor(), std::move(task), [&result](std::exception_ptr error, T value) {
        EXPECT_FALSE(error);
        result = std::move(value);
    });
}

template <class T>
T core_world::run(boost::asio::awaitable<T> task) {
    std::optional<T> result;
    start(std::move(task), result);
    time.run_until([&] { return result.has_value(); }, time.now() + std::chrono::minutes(10));
    EXPECT_TRUE(result) << "the call did not come back";
    return std::move(*result);
}

void core_world::run_for(std::chrono::milliseconds span) {
    time.run_for(span);
}

template void
core_world::start(boost::asio::awaitable<submit_outcome>, std::optional<submit_outcome>&);
template void core_world::start(boost::asio::awaitable<find_outcome>, std::optional<find_outcome>&);
template void
core_world::start(boost::asio::awaitable<operate_outcome>, std::optional<operate_outcome>&);
template find_outcome core_world::run(boost::asio::awaitable<find_outcome>);
template operate_outcome core_world::run(boost::asio::awaitable<operate_outcome>);
template try_now_outcome core_world::run(boost::asio::awaitable<try_now_outcome>);
template list_outcome core_world::run(boost::asio::awaitable<list_outcome>);
template journal_result<std::size_t>
    core_world::run(boost::asio::awaitable<journal_result<std::size_t>>);

}  // namespace gateway::redemption::testing
