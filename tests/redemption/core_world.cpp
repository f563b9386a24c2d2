#include "core_world.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "redemption/redemption_id.hpp"
#include "redemption/rules/settlement.hpp"

namespace gateway::redemption::testing {
namespace {

std::string total_name(const record& what, const running_total& total) {
    return what.account.str() + '/' + what.method.str() + '/' + total.subject;
}

}  // namespace

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

asio::awaitable<void> memory_journal::hop() {
    co_await asio::post(time_.executor(), asio::use_awaitable);
    while (hangs) {
        const auto timer = time_.make_timer();
        co_await base::wait_for(*timer, time_.now() + std::chrono::milliseconds(5));
    }
}

void memory_journal::throw_if_told() {
    if (std::exchange(throws, false)) {
        throw std::runtime_error("out of memory");
    }
}

asio::awaitable<journal_result<accept_outcome>> memory_journal::accept(
    const record& wish, std::optional<attempt> first
) {
    const record what = wish;
    co_await hop();
    if (broken) {
        co_return *broken;
    }
    for (const auto& [id, row] : rows) {
        if (row.caller == what.caller && row.key == what.key) {
            co_return accept_outcome(key_taken{row});
        }
    }
    for (const auto& [id, row] : rows) {
        const bool holds = row.state == state::pending || row.state == state::succeeded ||
                           row.state == state::unknown;
        if (holds && what.natural && row.natural == what.natural) {
            co_return accept_outcome(natural_key_taken{row.id});
        }
    }
    if (const auto falls = fall_of(what)) {
        co_return accept_outcome(*falls);
    }
    auto& row = rows[what.id] = what;
    to_the_end(what.id);
    accepted taken{.order_aliases = link(what)};
    taken.started =
        first &&
        std::all_of(taken.order_aliases.begin(), taken.order_aliases.end(), [&](const auto& name) {
            return std::count(what.orders.begin(), what.orders.end(), name) > 0;
        });
    if (taken.started) {
        row.attempts.push_back(*first);
    }
    log.push_back(taken.started ? "accept+start" : "accept");
    co_return accept_outcome(taken);
}

asio::awaitable<journal_result<accept_outcome>> memory_journal::restart(
    const record& wish, std::optional<attempt> first
) {
    const record what = wish;
    co_await hop();
    if (broken) {
        co_return *broken;
    }
    if (const auto falls = fall_of(what)) {
        co_return accept_outcome(*falls);
    }
    auto& row = rows.at(what.id) = what;
    to_the_end(what.id);
    if (first) {
        row.attempts.push_back(*first);
    }
    log.push_back("restart");
    co_return accept_outcome(
        accepted{.order_aliases = aliases_of(row), .started = first.has_value()}
    );
}

asio::awaitable<journal_result<start_outcome>> memory_journal::start_attempt(
    const redemption_id& id, const attempt& started
) {
    const auto at = id;
    const auto what = started;
    co_await hop();
    throw_if_told();
    if (broken) {
        co_return *broken;
    }
    if (const auto falls = fall_of(rows.at(at))) {
        co_return start_outcome(*falls);
    }
    rows.at(at).attempts.push_back(what);
    log.push_back("start " + std::to_string(what.number));
    co_return start_outcome(attempt_started{});
}

asio::awaitable<journal_result<void>> memory_journal::settle(const settlement& settled) {
    const auto what = settled;
    if (const auto told = std::exchange(during_settle, {})) {
        told();
    }
    co_await hop();
    if (broken) {
        co_return *broken;
    }
    if (fail_settlements > 0) {
        --fail_settlements;
        co_return journal_error{"disk full"};
    }
    auto& row = rows.at(what.id);
    if (row.state != state::pending && what.state == state::pending) {
        to_the_end(row.id);
    }
    apply(row, what);
    if (what.ban) {
        bans.push_back({row.account, row.method, what.at, *what.ban});
    }
    for (const auto& total : what.confirmed) {
        auto& confirmed = totals[total_name(row, total)];
        confirmed = std::max(confirmed, total.total);
    }
    log.push_back("settle " + std::string(to_string(what.state)));
    co_return journal_result<void>();
}

asio::awaitable<journal_result<decide_outcome>> memory_journal::decide(
    const settlement& request, time_point seen
) {
    throw_if_told();
    const auto& row = rows.at(request.id);
    if (row.state != state::unknown || row.updated_at != seen) {
        const changed_meanwhile changed{row};
        co_await hop();
        co_return decide_outcome(changed);
    }
    const auto written = co_await settle(request);
    if (!written) {
        co_return written.error();
    }
    co_return decide_outcome(decided{aliases_of(row)});
}

asio::awaitable<journal_result<std::optional<record>>> memory_journal::find(const redemption_id& id
) {
    const auto row = rows.find(id);
    const auto found = row == rows.end() ? std::nullopt : std::optional(row->second);
    const auto seen = log.size();
    const bool trails = std::exchange(next_find_trails, false);
    co_await hop();
    while (trails && log.size() == seen) {
        co_await hop();
    }
    co_return found;
}

asio::awaitable<journal_result<std::optional<record>>> memory_journal::find_by_key(
    const caller_name& caller, const idempotency_key& key
) {
    const auto who = caller;
    const auto wanted = key;
    co_await hop();
    for (const auto& [id, row] : rows) {
        if (row.caller == who && row.key == wanted) {
            co_return std::optional(row);
        }
    }
    co_return std::optional<record>();
}

asio::awaitable<journal_result<std::vector<record>>> memory_journal::list(const list_filter&) {
    co_await hop();
    std::vector<record> all;
    for (const auto& [id, row] : rows) {
        all.insert(all.begin(), row);
    }
    co_return all;
}

asio::awaitable<journal_result<std::vector<record>>> memory_journal::load_pending() {
    co_await hop();
    std::vector<record> pending;
    for (const auto& [id, row] : rows) {
        if (row.state == state::pending) {
            pending.push_back(row);
            for (auto& name : aliases_of(row)) {
                pending.back().orders.push_back(std::move(name));
            }
        }
    }
    const auto place = [this](const record& what) {
        return std::pair(std::find(line.begin(), line.end(), what.id), what.id);
    };
    std::sort(pending.begin(), pending.end(), [&](const record& a, const record& b) {
        return place(a) < place(b);
    });
    co_return pending;
}

asio::awaitable<journal_result<std::vector<recorded_ban>>> memory_journal::load_bans() {
    co_await hop();
    co_return bans;
}

std::optional<total_would_fall> memory_journal::fall_of(const record& what) {
    for (const auto& total : what.totals) {
        const auto confirmed = totals[total_name(what, total)];
        if (total.total < confirmed) {
            return total_would_fall{confirmed};
        }
    }
    return std::nullopt;
}

std::vector<order_key> memory_journal::aliases_of(const record& what) const {
    std::vector<order_key> keys;
    for (const auto& name : what.orders) {
        const auto known = names.find(name);
        const auto& first = known == names.end() ? name : known->second;
        if (std::count(keys.begin(), keys.end(), first) == 0) {
            keys.push_back(first);
        }
    }
    return keys;
}

std::vector<order_key> memory_journal::link(const record& what) {
    auto keys = aliases_of(what);
    for (const auto& name : what.orders) {
        names.emplace(name, name);
    }
    for (auto& [name, first] : names) {
        if (std::count(keys.begin(), keys.end(), first) > 0) {
            first = keys.front();
        }
    }
    return keys;
}

void memory_journal::to_the_end(const redemption_id& id) {
    std::erase(line, id);
    line.push_back(id);
}

asio::awaitable<journal_result<std::uint64_t>> memory_journal::count_unknown() {
    co_await hop();
    co_return std::uint64_t{0};
}

asio::awaitable<journal_result<void>> memory_journal::probe() {
    co_await hop();
    if (broken) {
        co_return *broken;
    }
    co_return journal_result<void>();
}

asio::awaitable<journal_result<std::size_t>> memory_journal::remove_final_before(
    time_point, std::size_t
) {
    co_await hop();
    co_return std::size_t{0};
}

boost::asio::awaitable<attempt_outcome> scripted_account::attempt(attempt_request request) {
    seen.push_back(request);
    params.emplace_back(request.params);
    most_at_once = std::max(most_at_once, ++at_once);
    if (during) {
        during();
    }
    const auto timer = time_.make_timer();
    co_await base::wait_for(*timer, time_.now() + takes);
    --at_once;
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
        .methods = methods,
        .probe = probe,
        .spawn = [this](boost::asio::awaitable<void> task) { tasks.spawn(std::move(task)); },
    };
    core = make_engine(std::move(context), {{.account = &account, .limits = limits}});
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
    what.terms.canonical = params;
    what.terms.params = params;
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
template void
core_world::start(boost::asio::awaitable<operate_outcome>, std::optional<operate_outcome>&);
template find_outcome core_world::run(boost::asio::awaitable<find_outcome>);
template operate_outcome core_world::run(boost::asio::awaitable<operate_outcome>);
template journal_result<std::size_t>
    core_world::run(boost::asio::awaitable<journal_result<std::size_t>>);

}  // namespace gateway::redemption::testing
