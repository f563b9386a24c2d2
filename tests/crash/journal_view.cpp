#include "journal_view.hpp"

#include <sqlite3.h>

#include <functional>
#include <stdexcept>

namespace gateway::crash {
namespace {

constexpr int busy_timeout_ms = 5000;

using row_visit = std::function<void(sqlite3_stmt*)>;

std::string text(sqlite3_stmt* at, int column) {
    const void* data = sqlite3_column_blob(at, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(at, column));
    return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

class connection {
public:
    connection(const std::filesystem::path& file, int mode) {
        if (sqlite3_open_v2(file.c_str(), &db_, mode, nullptr) != SQLITE_OK) {
            fail();
        }
        sqlite3_busy_timeout(db_, busy_timeout_ms);
    }
    ~connection() { sqlite3_close(db_); }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    void each(const char* sql, const std::string* bound, const row_visit& visit) {
        sqlite3_stmt* query = nullptr;
        if (sqlite3_prepare_v2(db_, sql, -1, &query, nullptr) != SQLITE_OK) {
            fail();
        }
        if (bound != nullptr) {
            sqlite3_bind_text(query, 1, bound->c_str(), -1, SQLITE_TRANSIENT);
        }
        int code = sqlite3_step(query);
        for (; code == SQLITE_ROW; code = sqlite3_step(query)) {
            visit(query);
        }
        sqlite3_finalize(query);
        if (code != SQLITE_DONE) {
            fail();
        }
    }

private:
    [[noreturn]] void fail() const {
        throw std::runtime_error(std::string("journal: ") + sqlite3_errmsg(db_));
    }

    sqlite3* db_ = nullptr;
};

attempt_row read_attempt(sqlite3_stmt* at, int column) {
    return {
        .number = sqlite3_column_int64(at, column),
        .finished = sqlite3_column_type(at, column + 1) != SQLITE_NULL,
        .phase = text(at, column + 2),
        .verdict = text(at, column + 3),
    };
}

// The rows are ordered by redemption: one for each attempt, or a single one without.
std::vector<journal_row> read_rows(
    const std::filesystem::path& journal, const char* where, const std::string* bound
) {
    const std::string sql =
        "SELECT r.id, r.idempotency_key, r.state, r.error_detail, r.replay_safe, a.number,"
        " a.finished_at, a.phase, a.verdict FROM redemptions r LEFT JOIN attempts a"
        " ON a.redemption = r.seq" +
        std::string(where) + " ORDER BY r.seq, a.number";
    std::vector<journal_row> rows;
    connection db(journal, SQLITE_OPEN_READONLY);
    db.each(sql.c_str(), bound, [&](sqlite3_stmt* at) {
        const auto id = text(at, 0);
        if (rows.empty() || rows.back().id != id) {
            rows.push_back({
                .id = id,
                .key = text(at, 1),
                .state = text(at, 2),
                .error_detail = text(at, 3),
                .replay_safe = sqlite3_column_int(at, 4) != 0,
                .attempts = {},
            });
        }
        if (sqlite3_column_type(at, 5) != SQLITE_NULL) {
            rows.back().attempts.push_back(read_attempt(at, 5));
        }
    });
    return rows;
}

}  // namespace

std::optional<journal_row> committed_row(
    const std::filesystem::path& journal, const std::string& key
) {
    auto rows = read_rows(journal, " WHERE r.idempotency_key = ?", &key);
    if (rows.empty()) {
        return std::nullopt;
    }
    return std::move(rows.front());
}

std::vector<journal_row> committed_rows(const std::filesystem::path& journal) {
    return read_rows(journal, "", nullptr);
}

write_lock::write_lock(const std::filesystem::path& journal) {
    if (sqlite3_open_v2(journal.c_str(), &db_, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) {
        sqlite3_close(db_);
        throw std::runtime_error("journal: cannot be opened");
    }
    sqlite3_busy_timeout(db_, busy_timeout_ms);
    if (sqlite3_exec(db_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) != SQLITE_OK) {
        sqlite3_close(db_);
        throw std::runtime_error("journal: cannot be locked");
    }
}

write_lock::~write_lock() {
    sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
    sqlite3_close(db_);
}

}  // namespace gateway::crash
