#include "memory_journal.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <utility>

#include "redemption/rules/settlement.hpp"

namespace gateway::redemption::testing {
namespace {

std::string total_name(const record& what, const running_total& total) {
    return scope_of(what).str() + '/' + what.method.str() + '/' + total.subject;
}

}  // namespace

asio::awaitable<void> memory_journal::hop(bool reads) {
    co_await asio::post(time_.executor(), asio::use_awaitable);
    while (hangs || (writes_hang && !reads)) {
        const auto timer = time_.make_timer();
        co_await base::wait_for(*timer, time_.now() + std::chrono::milliseconds(5));
    }
}

asio::awaitable<void> memory_journal::wait_while(const bool& flag) {
    while (flag) {
        const auto timer = time_.make_timer();
        co_await base::wait_for(*timer, time_.now() + std::chrono::milliseconds(5));
    }
}

void memory_journal::throw_once() {
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
    if (const auto fault = std::exchange(accept_fault, std::nullopt)) {
        if (fault->in_doubt) {
            rows[what.id] = what;
            to_the_end(what.id);
        }
        co_return *fault;
    }
    if (std::exchange(next_accept_is_lost, false)) {
        auto& row = rows[what.id] = what;
        row.attempts.push_back(*first);
        row.elsewhere = true;
        co_return accept_outcome(key_taken{row});
    }
    for (const auto& [id, row] : rows) {
        const bool same_caller =
            row.caller == what.caller ||
            std::count(what.formerly.begin(), what.formerly.end(), row.caller) > 0;
        if (same_caller && row.key == what.key) {
            co_return accept_outcome(key_taken{row});
        }
    }
    for (const auto& [id, row] : rows) {
        const bool holds = row.state == state::pending || row.state == state::succeeded ||
                           row.state == state::unknown;
        if (holds && what.natural && row.natural == what.natural &&
            scope_of(row) == scope_of(what)) {
            co_return accept_outcome(natural_key_taken{row.id});
        }
    }
    if (const auto falls = fall_of(what)) {
        co_return accept_outcome(*falls);
    }
    auto& row = rows[what.id] = what;
    row.formerly.clear();
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
    if (const auto meanwhile = std::exchange(during_restart, {})) {
        meanwhile();
    }
    if (rows.at(what.id).state != state::failed) {
        co_return accept_outcome(key_taken{rows.at(what.id)});
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
    throw_once();
    if (broken) {
        co_return *broken;
    }
    if (rows.at(at).elsewhere) {
        co_return start_outcome(not_ours());
    }
    if (not_first.contains(at)) {
        log.push_back("not its turn");
        co_return start_outcome(not_its_turn());
    }
    if (const auto falls = fall_of(rows.at(at))) {
        co_return start_outcome(*falls);
    }
    rows.at(at).attempts.push_back(what);
    log.push_back("start " + std::to_string(what.number));
    co_return start_outcome(attempt_started{});
}

asio::awaitable<journal_result<settle_outcome>> memory_journal::settle(const settlement& settled) {
    const auto what = settled;
    if (const auto meanwhile = std::exchange(during_settle, {})) {
        meanwhile();
    }
    co_await hop();
    if (settle_throws > 0) {
        --settle_throws;
        throw std::runtime_error("out of memory");
    }
    if (broken) {
        co_return *broken;
    }
    if (fail_settlements > 0) {
        --fail_settlements;
        co_return journal_error{base::fixed_text("disk full")};
    }
    auto& row = rows.at(what.id);
    if (row.elsewhere) {
        co_return settle_outcome(not_ours());
    }
    if (row.state != state::pending && what.state == state::pending) {
        to_the_end(row.id);
    }
    apply(row, what);
    if (is_final(what.state)) {
        in_doubt.erase(row.id);
    } else if (what.state == state::unknown ||
               (what.ended && what.ended->verdict == verdict::ambiguous)) {
        in_doubt.insert(row.id);
    }
    if (what.ban) {
        bans.push_back({scope_of(row), row.method, what.at, *what.ban, what.ban_doubted});
    }
    for (const auto& total : what.confirmed) {
        auto& confirmed = totals[total_name(row, total)];
        confirmed = std::max(confirmed, total.total);
    }
    log.push_back("settle " + std::string(to_string(what.state)));
    co_await wait_while(settlements_answer_late);
    co_return settle_outcome(redemption::settled());
}

asio::awaitable<journal_result<decide_outcome>> memory_journal::decide(
    const settlement& request, time_point seen
) {
    throw_once();
    const auto& row = rows.at(request.id);
    if (row.state != state::unknown || row.updated_at != seen) {
        const changed_meanwhile changed{row};
        co_await hop();
        co_return decide_outcome(changed);
    }
    if (request.state == state::pending) {
        if (const auto falls = fall_of(row)) {
            co_await hop();
            co_return decide_outcome(*falls);
        }
    }
    const auto written = co_await settle(request);
    if (!written) {
        co_return written.error();
    }
    co_return decide_outcome(decided{aliases_of(row)});
}

asio::awaitable<journal_result<std::optional<record>>> memory_journal::find(const redemption_id& id
) {
    ++look_ups;
    const auto row = rows.find(id);
    const auto found = row == rows.end() ? std::nullopt : std::optional(row->second);
    const auto seen = log.size();
    const bool trails = std::exchange(next_find_trails, false);
    co_await hop(true);
    while (trails && log.size() == seen) {
        co_await hop(true);
    }
    co_return found;
}

asio::awaitable<journal_result<std::optional<record>>> memory_journal::find_by_key(
    const caller_name& caller, const idempotency_key& key
) {
    ++look_ups;
    const auto who = caller;
    const auto wanted = key;
    co_await hop(true);
    co_await wait_while(look_ups_hang);
    for (const auto& [id, row] : rows) {
        if (row.caller == who && row.key == wanted) {
            const auto found = row;
            if (const auto meanwhile = std::exchange(after_find_by_key, {})) {
                meanwhile();
            }
            co_return std::optional(found);
        }
    }
    co_return std::optional<record>();
}

asio::awaitable<journal_result<std::vector<record>>> memory_journal::list(const list_filter& filter
) {
    ++look_ups;
    const auto wanted = filter;
    co_await hop(true);
    co_await wait_while(look_ups_hang);
    if (broken) {
        co_return *broken;
    }
    std::vector<record> all;
    for (const auto& [id, row] : rows) {
        const auto& earlier = wanted.formerly;
        const bool of_caller = !wanted.caller || row.caller == *wanted.caller ||
                               std::ranges::count(earlier, row.caller) > 0;
        const bool renamed =
            std::ranges::count(wanted.renamed, account_identity{row.account, row.identity}) > 0;
        const bool of_account =
            renamed || ((!wanted.account || row.account == *wanted.account) &&
                        (!wanted.accounts || std::ranges::count(*wanted.accounts, row.account)));
        const bool shown = of_caller && of_account && (!wanted.id || row.id == *wanted.id);
        if (shown) {
            all.insert(all.begin(), row);
        }
    }
    co_return all;
}

asio::awaitable<journal_result<std::vector<record>>> memory_journal::take(std::size_t at_most) {
    co_await hop(true);
    std::vector<record> pending;
    for (const auto& [id, row] : rows) {
        if (row.state == state::pending) {
            pending.push_back(row);
            for (auto& name : aliases_of(row)) {
                pending.back().orders.push_back(std::move(name));
            }
        }
    }
    const auto position = [this](const record& what) {
        return std::pair(std::find(queued.begin(), queued.end(), what.id), what.id);
    };
    std::sort(pending.begin(), pending.end(), [&](const record& a, const record& b) {
        return position(a) < position(b);
    });
    std::erase_if(pending, [this](const record& what) {
        return free ? free->erase(what.id) == 0 : given_.contains(what.id);
    });
    for (auto& what : pending) {
        what.elsewhere = rows.at(what.id).elsewhere = false;
    }
    pending.resize(std::min(pending.size(), at_most));
    for (const auto& what : pending) {
        given_.insert(what.id);
    }
    if (pending.empty()) {
        given_.clear();
    }
    co_return pending;
}

asio::awaitable<journal_result<std::vector<recorded_ban>>> memory_journal::load_bans() {
    co_await hop(true);
    co_return bans;
}

asio::awaitable<journal_result<void>> memory_journal::lift_bans(
    const platform_identity& identity, const std::optional<method_name>& method
) {
    co_await hop();
    if (broken) {
        co_return *broken;
    }
    std::erase_if(bans, [&](const recorded_ban& one) {
        return one.identity == identity && (!method || one.method == *method);
    });
    co_return journal_result<void>();
}

std::optional<total_would_fall> memory_journal::fall_of(const record& what) {
    for (const auto& total : what.totals) {
        const auto confirmed = totals[total_name(what, total)];
        if (total.total < confirmed) {
            return total_would_fall{confirmed};
        }
        if (const auto doubtful = doubtful_above(what, total)) {
            return doubtful;
        }
    }
    return std::nullopt;
}

std::optional<total_would_fall> memory_journal::doubtful_above(
    const record& what, const running_total& total
) {
    for (const auto& id : in_doubt) {
        const auto& row = rows.at(id);
        for (const auto& other : row.totals) {
            if (id != what.id && total_name(row, other) == total_name(what, total) &&
                other.total > total.total) {
                return total_would_fall{.confirmed = other.total, .by = id, .in_doubt = true};
            }
        }
    }
    return std::nullopt;
}

std::vector<order_key> memory_journal::aliases_of(const record& what) const {
    std::vector<order_key> keys;
    for (const auto& name : what.orders) {
        const auto known = canonical.find(name);
        const auto& first = known == canonical.end() ? name : known->second;
        if (std::count(keys.begin(), keys.end(), first) == 0) {
            keys.push_back(first);
        }
    }
    return keys;
}

std::vector<order_key> memory_journal::link(const record& what) {
    auto keys = aliases_of(what);
    for (const auto& name : what.orders) {
        canonical.emplace(name, name);
    }
    for (auto& [name, first] : canonical) {
        if (std::count(keys.begin(), keys.end(), first) > 0) {
            first = keys.front();
        }
    }
    return keys;
}

void memory_journal::to_the_end(const redemption_id& id) {
    std::erase(queued, id);
    queued.push_back(id);
}

asio::awaitable<journal_result<std::uint64_t>> memory_journal::count_unknown() {
    co_await hop(true);
    co_return std::uint64_t{0};
}

asio::awaitable<journal_result<std::optional<time_point>>> memory_journal::newest_change() {
    co_await hop();
    co_return newest;
}

asio::awaitable<journal_result<std::vector<unconfigured_name>>>
memory_journal::find_unconfigured(const configured_names&) {
    co_await hop();
    co_return std::vector<unconfigured_name>();
}

asio::awaitable<journal_result<void>> memory_journal::adopt(const account_identity& known) {
    const account_identity one = known;
    co_await hop();
    adopted.push_back(one);
    co_return journal_result<void>();
}

asio::awaitable<journal_result<std::vector<account_identity>>> memory_journal::account_names() {
    co_await hop(true);
    std::vector<account_identity> names;
    for (const auto& [id, row] : rows) {
        names.push_back({row.account, row.identity});
    }
    co_return names;
}

asio::awaitable<journal_result<void>> memory_journal::probe() {
    ++probes;
    co_await hop();
    if (broken) {
        co_return *broken;
    }
    co_return journal_result<void>();
}

asio::awaitable<journal_result<std::size_t>> memory_journal::remove_final_before(
    time_point before, std::size_t at_most
) {
    co_await hop();
    removed_before = before;
    const auto removed = std::min(at_most, removable);
    removable -= removed;
    co_return removed;
}

}  // namespace gateway::redemption::testing
