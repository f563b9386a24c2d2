#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/redacted_text.hpp"

// SQLite connections that close themselves and return errors instead of throwing. A connection and
// its statements belong to one thread at a time.

struct sqlite3;

namespace gateway::journal {

// An error as one sentence without a full stop.
struct db_error {
    db_error() = default;
    db_error(int code_, std::string reason_) : code(code_), reason(std::move(reason_)) {}

    // As the journal's callers see it: SQLite's and the journal's own words, no value of a row.
    base::redacted_text shown() const { return base::redacted_text::trusted(reason); }

    int code = 0;  // SQLite's extended result code; 0: refused by a rule of the journal
    std::string reason;
};

// The file or its disk failed (or is locked), so the whole transaction must be taken as not
// written. Other errors (a rule of the journal, a constraint, a text that is too long) concern one
// operation alone.
bool is_storage_fault(const db_error& error) noexcept;
// The connection itself is suspect and must be replaced before the next try.
bool needs_new_connection(const db_error& error) noexcept;
// For the error of a COMMIT: unless a write was refused, the whole transaction may be in the log,
// where a recovery finds it. `only_the_flush_failed`: it is there.
bool may_be_in_log(const db_error& error) noexcept;
bool only_the_flush_failed(const db_error& error) noexcept;

template <class T>
using db_result = boost::system::result<T, db_error>;

// The result of an SQL function: TEXT or a BLOB.
struct sql_bytes {
    std::string bytes;
    bool is_text = false;
};
using sql_function = std::function<db_result<sql_bytes>(std::string_view)>;

enum class access {
    read_write,
    read_only,
    immutable,  // read without locks or files of its own: nobody may write meanwhile
};

// Pages of the log, and how many of them are in the file.
struct checkpoint_result {
    int pages = 0;
    int copied = 0;
};
enum class checkpoint_kind {
    passive,   // as far as readers allow
    full,      // waits for readers as long as a statement waits
    truncate,  // with the log emptied; fails at once when a reader uses it
};

class database {
public:
    // Opens an existing file: where a volume is missing, a new empty file would be worse than an
    // error. Statements wait up to `busy_timeout` for foreign lockers.
    static db_result<database> open(
        const std::string& path, access how, std::chrono::milliseconds busy_timeout
    );

    // Runs one or more statements and ignores their rows.
    db_result<void> execute(const std::string& sql);
    // The first column of the first row.
    db_result<std::int64_t> integer(const char* sql);
    db_result<std::string> text(const char* sql);
    // Ends a failed transaction; without one it has no effect.
    void roll_back() noexcept;
    // Defines an SQL function of one TEXT, BLOB or NULL (empty) for the statements of this
    // connection, not for its schema. An error of the function fails the statement.
    db_result<void> define(const char* name, sql_function function);
    // Keeps log and index when the last connection closes: SQLite would remove them by their names,
    // which may lead to another process's files by then.
    void keep_log_at_close();
    // Copies the log into the file.
    db_result<checkpoint_result> checkpoint(checkpoint_kind how);
    // Counts the pages of the log at each commit; SQLite then makes no checkpoint by itself.
    void count_log_pages();
    int log_pages() const noexcept { return *log_pages_; }
    // Rows changed by the last statement.
    std::int64_t changes() const noexcept;

    // The error of the last call on this connection.
    db_error last_error() const;

    sqlite3* handle() const noexcept { return handle_.get(); }

private:
    struct closer {
        void operator()(sqlite3* handle) const noexcept;
    };

    explicit database(sqlite3* handle) : handle_(handle) {}

    std::unique_ptr<int> log_pages_ = std::make_unique<int>(0);  // SQLite keeps its address
    std::chrono::milliseconds busy_timeout_{0};
    std::unique_ptr<sqlite3, closer> handle_;
};

}  // namespace gateway::journal
