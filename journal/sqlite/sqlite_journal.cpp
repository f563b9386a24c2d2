#include "journal/sqlite/sqlite_journal.hpp"

#include <stdexcept>

#include "journal/sqlite/file_keys.hpp"
#include "journal/sqlite/group_commit.hpp"
#include "journal/sqlite/owner_lock.hpp"
#include "journal/sqlite/snapshot_reader.hpp"

namespace gateway::journal {
namespace {

using redemption::journal_result;
using redemption::record;

// Durable at every commit; the log is checkpointed each 16 MB and truncated after a peak. Removed
// and replaced content is overwritten in the file.
constexpr const char* writer_pragmas =
    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000;"
    "PRAGMA journal_size_limit = 67108864; PRAGMA trusted_schema = OFF;"
    "PRAGMA secure_delete = ON;";
constexpr const char* reader_pragmas =
    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192; PRAGMA query_only = ON;"
    "PRAGMA trusted_schema = OFF;";

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw std::runtime_error("journal " + path + ": " + why);
}

template <class T>
T must(const std::string& path, db_result<T> result) {
    if (!result) {
        refuse(path, result.error().reason);
    }
    return std::move(*result);
}

void must(const std::string& path, const db_result<void>& result) {
    if (!result) {
        refuse(path, result.error().reason);
    }
}

// Opens only the owned file: a file that has replaced it may be another gateway's.
db_result<database> open_configured(
    const owner_lock& owned, access how, std::chrono::milliseconds busy_timeout
) {
    auto db = database::open(owned.path(), how, busy_timeout);
    if (!db) {
        return db.error();
    }
    if (!owned.still_in_place()) {
        return db_error(0, "the journal file was moved or deleted while in use");
    }
    const char* pragmas = how == access::read_only ? reader_pragmas : writer_pragmas;
    if (auto done = db->execute(pragmas); !done) {
        return done.error();
    }
    return db;
}

// An open file and the keys of its rows.
struct opened_file {
    std::unique_ptr<const owner_lock> owner;
    database writer;
    file_keys keys;
};

opened_file open_file(const sqlite_settings& settings) {
    auto owner = std::make_unique<const owner_lock>(settings.path);
    const std::string& path = owner->path();
    auto db = must(path, open_configured(*owner, access::read_write, settings.busy_timeout));
    auto keys = must(path, prepare_file(db, settings.keys));
    const std::string mode = must(path, db.text("PRAGMA journal_mode = WAL"));
    if (mode != "wal") {
        refuse(path, "its file system doesn't support a write-ahead log");
    }
    // Proves now, not at the first redemption, that the disk takes a commit.
    record_store store(db, keys);
    must(path, store.probe());
    return {std::move(owner), std::move(db), std::move(keys)};
}

struct probing {
    using harmless = void;
    db_result<void> operator()(record_store& store) const { return store.probe(); }
};

class sqlite_journal final : public managed_journal {
public:
    sqlite_journal(
        base::runtime& time,
        std::chrono::milliseconds busy_timeout,
        opened_file file,
        redemption::journal_probe& probe
    )
        : busy_timeout_(busy_timeout),
          owner_(std::move(file.owner)),
          keys_(std::move(file.keys)),
          probe_(probe),
          writer_(
              time,
              std::move(file.writer),
              [this] { return reopen(access::read_write); },
              keys_,
              probe
          ),
          reader_(
              time.executor(),
              must(owner_->path(), reopen(access::read_only)),
              [this] { return reopen(access::read_only); },
              keys_
          ) {}

    asio::awaitable<journal_result<redemption::accept_outcome>> accept(
        const record& wish, std::optional<redemption::attempt> first
    ) override {
        return write<redemption::accept_outcome>([wish, first = std::move(first)](auto& store) {
            return store.accept(wish, first);
        });
    }

    asio::awaitable<journal_result<redemption::accept_outcome>> restart(
        const record& wish, std::optional<redemption::attempt> first
    ) override {
        return write<redemption::accept_outcome>([wish, first = std::move(first)](auto& store) {
            return store.restart(wish, first);
        });
    }

    asio::awaitable<journal_result<redemption::start_outcome>> start_attempt(
        const redemption::redemption_id& id, const redemption::attempt& started
    ) override {
        return write<redemption::start_outcome>([id, started](auto& store) {
            return store.start_attempt(id, started);
        });
    }

    asio::awaitable<journal_result<void>> settle(const redemption::settlement& what) override {
        return write<void>([what](auto& store) { return store.settle(what); });
    }

    asio::awaitable<journal_result<redemption::decide_outcome>> decide(
        const redemption::settlement& what, redemption::time_point seen
    ) override {
        return write<redemption::decide_outcome>([what, seen](auto& store) {
            return store.decide(what, seen);
        });
    }

    asio::awaitable<journal_result<std::optional<record>>> find(const redemption::redemption_id& id
    ) override {
        return read<std::optional<record>>([id](auto& from) { return from.find(id); });
    }

    asio::awaitable<journal_result<std::optional<record>>> find_by_key(
        const redemption::caller_name& caller, const redemption::idempotency_key& key
    ) override {
        return read<std::optional<record>>([caller, key](auto& from) {
            return from.find_by_key(caller, key);
        });
    }

    asio::awaitable<journal_result<std::vector<record>>> list(const redemption::list_filter& filter
    ) override {
        auto found = co_await read<listing>([filter](auto& from) { return from.list(filter); });
        if (!found) {
            co_return found.error();
        }
        if (found->unreadable > 0) {
            probe_.unreadable(found->unreadable, found->why);
        }
        co_return std::move(found->records);
    }

    asio::awaitable<journal_result<std::vector<record>>> load_pending() override {
        return read<std::vector<record>>([](auto& from) { return from.load_pending(); });
    }

    asio::awaitable<journal_result<std::vector<redemption::recorded_ban>>> load_bans() override {
        return read<std::vector<redemption::recorded_ban>>([](auto& from) {
            return from.load_bans();
        });
    }

    asio::awaitable<journal_result<std::uint64_t>> count_unknown() override {
        return read<std::uint64_t>([](auto& from) { return from.count_unknown(); });
    }

    asio::awaitable<journal_result<void>> probe() override { return write<void>(probing()); }

    asio::awaitable<journal_result<std::size_t>> remove_final_before(
        redemption::time_point limit, std::size_t at_most
    ) override {
        return write<std::size_t>([limit, at_most](auto& store) {
            return store.remove_final_before(limit, at_most);
        });
    }

    std::optional<redemption::journal_error> trouble() const override { return writer_.trouble(); }

    // The writer last: the last connection that is closed checkpoints the log.
    void close() override {
        reader_.stop();
        writer_.stop();
    }

private:
    template <class T, class Work>
    asio::awaitable<journal_result<T>> write(Work work) {
        return run_on<record_store, T>(writer_, std::move(work));
    }
    template <class T, class Work>
    asio::awaitable<journal_result<T>> read(Work work) {
        return run_on<record_reader, T>(reader_, std::move(work));
    }
    db_result<database> reopen(access how) const {
        return open_configured(*owner_, how, busy_timeout_);
    }

    const std::chrono::milliseconds busy_timeout_;
    const std::unique_ptr<const owner_lock> owner_;
    const file_keys keys_;
    redemption::journal_probe& probe_;
    group_commit writer_;
    snapshot_reader reader_;
};

}  // namespace

std::unique_ptr<managed_journal> open_sqlite_journal(
    base::runtime& time, sqlite_settings settings, redemption::journal_probe& probe
) {
    return std::make_unique<sqlite_journal>(
        time, settings.busy_timeout, open_file(settings), probe
    );
}

}  // namespace gateway::journal
