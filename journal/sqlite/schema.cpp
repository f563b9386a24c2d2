#include "journal/sqlite/schema.hpp"

#include <string>

namespace gateway::journal {
namespace {

db_result<void> check_application(database& db) {
    auto id = db.integer("PRAGMA application_id");
    if (!id) {
        return id.error();
    }
    if (*id == application_id) {
        return {};
    }
    auto objects = db.integer("SELECT count(*) FROM sqlite_schema");
    if (!objects) {
        return objects.error();
    }
    if (*id != 0 || *objects != 0) {
        return db_error(0, "the file is an SQLite database of another application");
    }
    return {};
}

db_result<void> run(database& db, const migration& step) {
    std::string script = "BEGIN EXCLUSIVE;\n";
    script += step.sql;
    script += "\nPRAGMA application_id = " + std::to_string(application_id) + ";";
    script += "\nPRAGMA user_version = " + std::to_string(step.number) + ";\nCOMMIT;";
    auto done = db.execute(script);
    if (!done) {
        const db_error error = done.error();
        db.roll_back();
        return db_error(error.code, std::string(step.name) + ": " + error.reason);
    }
    return {};
}

}  // namespace

db_result<void> bring_up_to_date(database& db, std::span<const migration> all) {
    if (auto checked = check_application(db); !checked) {
        return checked.error();
    }
    auto version = db.integer("PRAGMA user_version");
    if (!version) {
        return version.error();
    }
    const int newest = all.empty() ? 0 : all.back().number;
    if (*version > newest) {
        return db_error(
            0,
            "the file was written by a newer version of the gateway (schema " +
                std::to_string(*version) + ", this one knows up to " + std::to_string(newest) + ")"
        );
    }
    for (const migration& step : all) {
        if (step.number <= *version) {
            continue;
        }
        if (auto done = run(db, step); !done) {
            return done.error();
        }
    }
    return {};
}

}  // namespace gateway::journal
