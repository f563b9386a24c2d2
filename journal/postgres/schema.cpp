#include "journal/postgres/schema.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>

namespace gateway::journal::postgres {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds usual_deadline{10'000};
// A migration may build an index on everything that the journal holds.
constexpr milliseconds migration_deadline = std::chrono::hours(1);
constexpr int most_tries = 10;

// A migration waits for running transactions only shortly, as what comes after it waits behind it;
// a lost race for the first tables shows as a name that is taken.
bool may_try_again(const pg_error& error) {
    constexpr std::string_view states[] = {"55P03", "40P01", "40001", "23505", "42P07", "42710"};
    return std::find(std::begin(states), std::end(states), error.sqlstate) != std::end(states);
}

pg_error damaged() {
    return {.kind = error_kind::trouble, .reason = {"schema_version holds no version"}};
}

pg_outcome<int> number_from(const std::optional<std::string>& text) {
    int number = 0;
    if (!text) {
        return damaged();
    }
    const char* end = text->data() + text->size();
    const auto [at, failed] = std::from_chars(text->data(), end, number);
    if (failed != std::errc() || at != end) {
        return damaged();
    }
    return number;
}

pg_outcome<int> read_number(connection& on, const std::string& sql) {
    const auto text = on.run_script(sql, usual_deadline);
    if (!text) {
        return text.error();
    }
    return number_from(*text);
}

// The row that migrations lock. A user without the right to create tables may find it there.
pg_outcome<void> create_version(connection& on) {
    const auto created = on.run_script(
        "BEGIN; SET LOCAL lock_timeout = '2s';"
        " CREATE TABLE IF NOT EXISTS schema_version ("
        "  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),"
        "  version integer NOT NULL,"
        "  works_from integer NOT NULL);"  // programs that know fewer migrations must not write
        " INSERT INTO schema_version (version, works_from) VALUES (0, 0) ON CONFLICT DO NOTHING;"
        " COMMIT",
        usual_deadline
    );
    if (!created) {
        return created.error();
    }
    return boost::system::in_place_value;
}

pg_outcome<bool> has_version(connection& on) {
    const auto found =
        read_number(on, "SELECT (to_regclass('schema_version') IS NOT NULL)::integer");
    if (!found) {
        return found.error();
    }
    return *found != 0;
}

// One migration, unless another process ran it meanwhile.
pg_outcome<void> run(connection& on, const migration& step) {
    const auto version = read_number(
        on,
        "BEGIN; SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = 0;"
        " SELECT version FROM schema_version FOR UPDATE"
    );
    if (!version) {
        return version.error();
    }
    const std::string number = std::to_string(step.number);
    const std::string rest = *version >= step.number
                                 ? std::string("ROLLBACK")
                                 : std::string(step.sql) +
                                       "\n;UPDATE schema_version SET version = " + number +
                                       "; COMMIT";
    const auto done = on.run_script(rest, migration_deadline);
    if (!done) {
        pg_error error = done.error();
        error.reason = "migration " + reason_of(step.name, {}) + ": " + error.reason;
        return error;
    }
    return boost::system::in_place_value;
}

template <class Step>
pg_outcome<void> with_retries(const Step& step) {
    for (int tries = 1;; ++tries) {
        auto done = step();
        if (done || tries == most_tries || !may_try_again(done.error())) {
            return done;
        }
    }
}

}  // namespace

pg_outcome<schema_state> read_schema(connection& on) {
    const auto known = has_version(on);
    if (!known) {
        return known.error();
    }
    if (!*known) {
        return schema_state{};
    }
    const auto version = read_number(on, "SELECT version FROM schema_version");
    if (!version) {
        return version.error();
    }
    const auto works_from = read_number(on, "SELECT works_from FROM schema_version");
    if (!works_from) {
        return works_from.error();
    }
    return schema_state{.version = *version, .works_from = *works_from};
}

pg_outcome<schema_state> bring_up_to_date(connection& on, std::span<const migration> all) {
    const auto known = has_version(on);
    if (!known) {
        return known.error();
    }
    if (!*known) {
        if (auto created = with_retries([&] { return create_version(on); }); !created) {
            return created.error();
        }
    }
    auto before = read_schema(on);
    if (!before) {
        return before.error();
    }
    for (const migration& step : all) {
        if (step.number <= before->version) {
            continue;
        }
        if (auto done = with_retries([&] { return run(on, step); }); !done) {
            return done.error();
        }
    }
    return read_schema(on);
}

}  // namespace gateway::journal::postgres
