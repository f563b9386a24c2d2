#include "journal/postgres/open_database.hpp"

#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "journal/opening_error.hpp"
#include "journal/postgres/calling.hpp"
#include "journal/postgres/database_fellows.hpp"
#include "journal/postgres/lost_tail.hpp"
#include "journal/postgres/move_mark.hpp"
#include "journal/postgres/queries.hpp"
#include "journal/postgres/schema.hpp"
#include "journal/postgres/shared_keys.hpp"

namespace gateway::journal::postgres {
namespace {

[[noreturn]] void refuse(const pg_error& error) {
    const base::fixed_text begin = "the journal can't be opened: ";
    throw opening_error(begin + error.reason, begin + error.shown());
}

template <class T>
T must(pg_outcome<T> outcome) {
    if (!outcome) {
        refuse(outcome.error());
    }
    return std::move(*outcome);
}

// The statements of a reader's session.
std::span<const statement> reader_statements() {
    static const std::vector<statement> all = [] {
        const auto questions = query_statements();
        const auto renewals = fellow_statements();
        std::vector<statement> both(questions.begin(), questions.end());
        both.insert(both.end(), renewals.begin(), renewals.end());
        return both;
    }();
    return all;
}

// Only a transaction that changes a row waits for the standby: without the own row any will do.
const statement barrier{
    "barrier",
    "UPDATE replicas SET renewed_at = now() WHERE replica = coalesce("
    "(SELECT replica FROM replicas WHERE replica = $1), (SELECT max(replica) FROM replicas))",
    {type::int8},
};

// A user that may only serve the tables cannot make what is missing.
void must_bring_up_to_date(connection& on, const schema_state& before) {
    const auto done = bring_up_to_date(on, migrations());
    if (done) {
        return;
    }
    if (done.error().sqlstate != "42501") {
        refuse(done.error());
    }
    throw std::runtime_error(
        "the journal can't be opened: its tables are of schema " + std::to_string(before.version) +
        ", this version of the gateway needs " + std::to_string(migrations().back().number) +
        ", and the journal's user may not change them; run redemption-gateway --migrate with a user "
        "that may"
    );
}

[[noreturn]] void refuse_a_move() {
    throw std::runtime_error(
        "the journal can't be opened: a move of another journal into its database has begun and "
        "not ended; run redemption-gateway --move-journal again"
    );
}

// A move that begins looks for living replicas after it has marked the database, and a replica
// looks for the mark after it has enrolled: one of them sees the other.
writer_identity must_enrol(connection& on, const replica_facts& facts, const std::string& server) {
    const auto me = must(enrol(on, facts, server));
    if (must(is_being_moved(on))) {
        static_cast<void>(leave(on, me));
        refuse_a_move();
    }
    return me;
}

}  // namespace

pg_outcome<connection> open_reader(
    const base::runtime& time, connection_settings settings, std::int64_t replica
) {
    settings.used_by = role::reader;
    auto opened = connection::open(settings, time);
    if (!opened) {
        return opened;
    }
    if (auto confirmed = opened->run(calling(barrier, replica)); !confirmed) {
        return confirmed.error();
    }
    if (auto prepared = opened->prepare(reader_statements()); !prepared) {
        return prepared.error();
    }
    return opened;
}

opened_database open_database(const base::runtime& time, postgres_settings& settings) {
    auto first = must(connection::open(settings.writer.connect, time));
    const auto found = must(read_schema(first));
    const bool created = found.version == 0;
    if (created && settings.must_exist) {
        throw std::runtime_error(
            "the journal can't be opened: its database holds none, and must_exist is set"
        );
    }
    must_bring_up_to_date(first, found);
    auto server = must(open_writer(time, settings.writer));
    auto& db = server.db;
    if (must(is_being_moved(db))) {
        refuse_a_move();
    }
    auto keys = must(open_keys(db, settings.keys));
    if (keys.texts) {
        for (const auto& key : keys.texts->all()) {
            settings.writer.process.key_ids.push_back(key.id);
        }
    }
    const auto born = must(birth_of(db, time.wall_now()));
    settings.writer.process.token = must(draw_token(db));
    const auto me = must_enrol(db, settings.writer.process, server.started);
    server.fellows_looked = !must(others_looking(db));
    return {
        .writer = std::move(server),
        .reader = must(open_reader(time, settings.writer.connect, me.replica)),
        .lister = must(open_reader(time, settings.writer.connect, me.replica)),
        .created = created,
        .created_at = born,
        .keys = std::move(keys),
        .me = me,
    };
}

}  // namespace gateway::journal::postgres
