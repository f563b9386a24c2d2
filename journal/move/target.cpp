#include "journal/move/target.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

#include "journal/move/compared.hpp"
#include "journal/move/target_statements.hpp"
#include "journal/postgres/schema.hpp"

namespace gateway::journal::moving {
namespace {

using enum postgres::type;
using postgres::call;
using postgres::calling;
using postgres::row_reader;
using postgres::rows;

constexpr std::chrono::milliseconds between_looks{250};
const redemption::redemption_id nobody("00000000-0000-0000-0000-000000000000");

[[noreturn]] void fail(const std::string& doing, const postgres::pg_error& error) {
    if (error.kind == postgres::error_kind::ended) {
        throw std::runtime_error("another run of the move has taken it over");
    }
    throw std::runtime_error(doing + ": " + std::string(error.reason));
}

template <class T>
T must(postgres::pg_outcome<T> outcome, const std::string& doing) {
    if (!outcome) {
        fail(doing, outcome.error());
    }
    return std::move(*outcome);
}

template <class T>
T checked(row_reader& at, T value) {
    if (at.error()) {
        fail("an answer can't be understood", *at.error());
    }
    return value;
}

postgres::connection connected(
    const base::runtime& time, const postgres::postgres_settings& settings
) {
    auto how = settings.writer;
    how.connect.batch_deadline = std::chrono::hours(1);
    auto first =
        must(postgres::connection::open(how.connect, time), "the database can't be opened");
    must(
        postgres::bring_up_to_date(first, postgres::migrations()),
        "its tables can't be brought up to date (--migrate)"
    );
    auto db = must(postgres::open_writer(time, how), "the database can't be opened").db;
    must(db.run(calling(no_limit)), "the database can't be opened");
    return db;
}

struct ban_columns {
    explicit ban_columns(const std::vector<redemption::recorded_ban>& all) {
        for (const auto& ban : all) {
            scopes.append(ban.identity);
            methods.append(ban.method);
            since.append(ban.since);
            lengths.append(ban.length);
            doubted.append(ban.doubted);
        }
    }
    call calling_of(const postgres::statement& what) const {
        return calling(what, scopes, methods, since, lengths, doubted);
    }
    postgres::column scopes{text};
    postgres::column methods{text};
    postgres::column since{timestamptz};
    postgres::column lengths{int8};
    postgres::column doubted{boolean};
};

struct name_columns {
    explicit name_columns(const std::vector<moved_name>& all) {
        for (const auto& one : all) {
            scopes.append(one.scope);
            names.append(one.name);
            numbers.append(one.number);
            lines.append(one.line);
        }
    }
    call calling_of(const postgres::statement& what) const {
        return calling(what, scopes, names, numbers, lines);
    }
    postgres::column scopes{text};
    postgres::column names{text};
    postgres::column numbers{int8};
    postgres::column lines{int8};
};

total_page totals_of(const std::vector<confirmed_total>& all) {
    total_page made;
    for (const auto& one : all) {
        made.add(one.scope, one.method, one.total, one.by.value_or(nobody));
    }
    return made;
}

template <class Page>
call calling_page(const postgres::statement& what, const Page& page) {
    call made{.what = &what, .with = {}};
    page.add_to(made.with);
    return made;
}

// A page of redemptions, its doubts, and the names that its open ones and its doubts need.
struct redemption_page {
    explicit redemption_page(const std::vector<moved_redemption>& all) {
        for (const auto& one : all) {
            columns.add(one);
            if (!is_final(one.what.state)) {
                for (const auto& name : one.what.orders) {
                    scopes.append(one.scope);
                    names.append(name);
                }
            }
            for (const auto& total : one.doubts) {
                doubts.add(one.scope, one.what.method.view(), total, one.what.id);
            }
        }
    }
    page_columns columns;
    total_page doubts;
    postgres::column scopes{text};
    postgres::column names{text};
};

}  // namespace

target::target(const base::runtime& time, const postgres::postgres_settings& settings)
    : time_(time), lease_(settings.lease), db_(connected(time, settings)) {}

std::vector<rows> target::run(std::vector<call> calls, const char* doing) {
    return must(db_.run(calls), doing);
}

std::vector<rows> target::write(std::vector<call> calls, const char* doing) {
    calls.insert(calls.begin(), calling(fence, run_));
    return run(std::move(calls), doing);
}

move_state target::state() {
    const auto found = run({calling(state_of_move)}, "its state can't be read");
    move_state now;
    if (found.front().empty()) {
        return now;
    }
    row_reader at(found.front(), 0);
    now.has_one = true;
    now.source = at.next<std::string>();
    now.finished = at.next<bool>();
    now.served = at.next<bool>();
    return checked(at, now);
}

std::optional<redemption::redemption_id> target::begin(
    const std::string& source, const std::function<void()>& waiting
) {
    const auto begun =
        run({calling(begin_move, source), calling(take_move, source)}, "the move can't begin");
    if (begun.back().empty()) {
        refuse_begin(source);
    }
    row_reader at(begun.back(), 0);
    run_ = at.next<std::int32_t>();
    const auto until = checked(at, at.next<std::optional<redemption::redemption_id>>());
    end_replicas(waiting);
    return until;
}

void target::refuse_begin(const std::string& source) {
    const auto now = state();
    if (now.has_one && now.source != source && !now.finished) {
        throw std::runtime_error(
            "a move of another journal into it has begun and not ended; make its database anew"
        );
    }
    throw std::runtime_error(
        now.has_one
            ? "another journal was moved into it before"
            : "it holds redemptions, orders or bans already; only an empty one is moved into"
    );
}

std::vector<std::pair<std::int64_t, std::int64_t>> target::living() {
    const auto found = run({calling(living_replicas)}, "its replicas can't be read");
    std::vector<std::pair<std::int64_t, std::int64_t>> all;
    for (std::size_t i = 0; i < found.front().size(); ++i) {
        row_reader at(found.front(), i);
        const auto replica = at.next<std::int64_t>();
        all.emplace_back(replica, checked(at, at.next<std::int64_t>()));
    }
    return all;
}

// A process that was killed has left its row: it counts as gone when it shows no sign of life for a
// lease, as other processes would judge.
void target::end_replicas(const std::function<void()>& waiting) {
    const auto seen = living();
    if (seen.empty()) {
        return;
    }
    waiting();
    const auto until = time_.now() + lease_;
    while (time_.now() < until) {
        std::this_thread::sleep_for(between_looks);
        const auto now = living();
        const bool alive = std::any_of(now.begin(), now.end(), [&](const auto& one) {
            return std::find(seen.begin(), seen.end(), one) == seen.end();
        });
        if (alive) {
            run({calling(drop_move)}, "the move can't be undone");
            throw std::runtime_error("a gateway serves it; stop all its replicas first");
        }
    }
    for (const auto& [replica, renewals] : seen) {
        write({calling(end_replica, replica, renewals)}, "its replicas can't be ended");
    }
}

void target::set_keys(const journal_keys& keys) {
    const auto form = stored_form(keys.digests, keys.texts);
    if (!form) {
        throw std::runtime_error("its secret can't be stored: " + form.error().reason);
    }
    write({calling(set_secret, form->bytes, form->sealed)}, "its secret can't be stored");
}

void target::compare_keys(const journal_keys& keys) {
    const auto found = run({calling(read_secret)}, "its secret can't be read");
    row_reader at(found.front(), 0);
    stored_secret kept{.bytes = at.next<std::string>(), .sealed = at.next<bool>()};
    const auto secret = open_secret(checked(at, kept), keys.texts);
    if (!secret || secret->bytes() != keys.digests.bytes()) {
        throw std::runtime_error("its secret is not that of the journal in SQLite");
    }
}

void target::set_birth(const std::optional<redemption::time_point>& at) {
    write({calling(forget_birth), calling(keep_birth, at)}, "the time of creation can't be stored");
}

void target::set_numbers(std::int64_t last_number, std::int64_t last_queued) {
    write({calling(raise_numbers, last_number, last_queued)}, "its numbers can't be raised");
}

void target::copy(const std::vector<moved_name>& names) {
    const name_columns all(names);
    write({all.calling_of(put_names)}, "names of orders can't be copied");
}

void target::copy(const std::vector<moved_redemption>& page) {
    const redemption_page all(page);
    std::vector<call> calls{
        calling(put_lone_names, all.scopes, all.names),
        calling(put_lone_names, all.doubts.scopes(), all.doubts.names()),
        calling_page(put_page, all.columns),
        calling_page(put_doubts, all.doubts),
        calling(copied_until, page.back().what.id),
    };
    const auto doing = "the redemptions from " + page.front().what.id.str() + " on can't be copied";
    write(std::move(calls), doing.c_str());
}

void target::copy(const std::vector<confirmed_total>& totals) {
    const auto all = totals_of(totals);
    write(
        {calling(put_lone_names, all.scopes(), all.names()), calling_page(put_confirmed, all)},
        "confirmed totals can't be copied"
    );
}

void target::copy(const std::vector<redemption::recorded_ban>& bans) {
    const ban_columns all(bans);
    write({all.calling_of(put_bans)}, "bans can't be copied");
}

void target::find_difference(call one, const char* in) {
    const auto found = write({std::move(one)}, "the copy can't be compared");
    if (found.back().empty()) {
        return;
    }
    row_reader at(found.back(), 0);
    const auto name = checked(at, at.next<std::string>());
    throw std::runtime_error(
        "the copy differs in " + std::string(in) + " " + name +
        "; empty the database and begin again"
    );
}

void target::compare(const std::vector<moved_name>& names) {
    const name_columns all(names);
    find_difference(all.calling_of(differing_name), "the order of");
}

void target::compare(const std::vector<moved_redemption>& page) {
    const redemption_page all(page);
    find_difference(calling_page(differing_redemption, all.columns), "redemption");
    find_difference(calling_page(lower_doubtful, all.doubts), "the totals in doubt of");
}

void target::compare(const std::vector<confirmed_total>& totals) {
    const auto all = totals_of(totals);
    find_difference(calling_page(lower_confirmed, all), "the totals of");
}

void target::compare(const std::vector<redemption::recorded_ban>& bans) {
    const ban_columns all(bans);
    find_difference(all.calling_of(differing_ban), "the ban of");
}

moved_counts target::counts() {
    const auto found = write({calling(counted)}, "the copy can't be counted");
    row_reader at(found.back(), 0);
    moved_counts all;
    for (std::int64_t* one :
         {&all.pending,
          &all.unknown,
          &all.succeeded,
          &all.rejected,
          &all.failed,
          &all.confirmed,
          &all.confirmed_sum,
          &all.doubtful,
          &all.doubtful_sum,
          &all.bans}) {
        *one = at.next<std::int64_t>();
    }
    return checked(at, all);
}

void target::finish() {
    write({calling(finish_move)}, "the end of the move can't be stored");
}

}  // namespace gateway::journal::moving
