#include "journal/sqlite/opened_file.hpp"

#include "journal/sqlite/record_store.hpp"
#include "journal/sqlite/schema.hpp"

namespace gateway::journal {
namespace {

// Durable at every commit; log_keeper checkpoints the log, which is truncated after a peak. Removed
// and replaced content is overwritten in the file.
constexpr const char* writer_pragmas =
    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 0;"
    "PRAGMA journal_size_limit = 67108864; PRAGMA trusted_schema = OFF;"
    "PRAGMA secure_delete = ON;";
constexpr const char* reader_pragmas =
    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192; PRAGMA query_only = ON;"
    "PRAGMA trusted_schema = OFF;";

// Proves now, not at the first redemption, that the disk takes a commit. A disk that is full of the
// journal's own log is emptied of it.
void prove_a_commit(database& db, const file_keys& keys) {
    record_store store(db, keys);
    if (const auto first = store.probe(); !first) {
        static_cast<void>(db.checkpoint(checkpoint_kind::truncate));
        must(store.probe());
    }
}

// A journal that was moved is opened only to go on with its move.
void take_back(database& db, const sqlite_settings& settings) {
    if (must(db.integer("PRAGMA application_id")) != moved_application_id) {
        return;
    }
    if (!settings.on_moved || !settings.on_moved()) {
        refuse(
            "its redemptions were moved to PostgreSQL, where they go on (journal.postgres); served "
            "from both, they would be executed twice"
        );
    }
    must(db.execute("PRAGMA application_id = " + std::to_string(application_id)));
}

}  // namespace

db_result<database> open_configured(
    const journal_files& files, access how, std::chrono::milliseconds busy_timeout
) {
    auto db = database::open(files.path(), how, busy_timeout);
    if (!db) {
        return db.error();
    }
    db->keep_log_at_close();
    const char* pragmas = how == access::read_only ? reader_pragmas : writer_pragmas;
    if (auto done = db->execute(pragmas); !done) {
        return done.error();
    }
    // The first read opens the log.
    if (auto read = db->integer("PRAGMA schema_version"); !read) {
        return read.error();
    }
    if (auto fault = files.fault()) {
        return *fault;
    }
    return db;
}

opened_file open_file(const sqlite_settings& settings) {
    auto owner = std::make_unique<const owner_lock>(
        settings.path,
        settings.must_exist ? owner_lock::missing_file::refuse : owner_lock::missing_file::create
    );
    if (owner->log_missing() && settings.on_missing_log) {
        settings.on_missing_log();
    }
    auto files = std::make_unique<journal_files>(std::move(owner));
    auto db = must(open_configured(*files, access::read_write, settings.busy_timeout));
    take_back(db, settings);
    auto keys = must(prepare_file(db, settings.keys));
    const std::string mode = must(db.text("PRAGMA journal_mode = WAL"));
    if (mode != "wal") {
        refuse("its file system doesn't support a write-ahead log");
    }
    prove_a_commit(db, keys);
    must(files->remember_log());
    return {std::move(files), std::move(db), std::move(keys)};
}

db_result<void> mark_as_moved(database& db) {
    return db.execute("PRAGMA application_id = " + std::to_string(moved_application_id));
}

}  // namespace gateway::journal
