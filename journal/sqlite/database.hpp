#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "redemption/model.hpp"

// SQLite as values: connections and prepared statements that clean up after themselves and answer
// with errors instead of throwing. A connection and its statements belong to one thread at a time.

struct sqlite3;
struct sqlite3_stmt;

namespace gateway::journal {

// What went wrong, as one sentence without a full stop.
struct db_error {
    db_error() = default;
    db_error(int code_, std::string reason_) : code(code_), reason(std::move(reason_)) {}

    int code = 0;  // SQLite's extended result code; 0: a rule of the journal said no
    std::string reason;
};

// The file or its disk failed (or is locked): nothing of the transaction can be trusted to be
// written. The others (a rule of ours, a constraint, too long a text) concern one operation alone.
bool is_storage_fault(const db_error& error) noexcept;
// The connection itself is suspect and must be replaced before the next try.
bool needs_new_connection(const db_error& error) noexcept;
// Of a COMMIT: unless the error says that a write was refused, all of it may be in the log, where a
// recovery finds it. `only_the_flush_failed`: it is there.
bool may_stand_in_log(const db_error& error) noexcept;
bool only_the_flush_failed(const db_error& error) noexcept;

template <class T>
using db_result = boost::system::result<T, db_error>;

// What a function of SQL gives back: TEXT or a BLOB.
struct sql_bytes {
    std::string bytes;
    bool is_text = false;
};
using sql_function = std::function<db_result<sql_bytes>(std::string_view)>;

enum class access { read_write, read_only };

class database {
public:
    // Opens a file that exists: where a volume went missing, an empty new one would be worse than
    // an error. Statements wait up to `busy_timeout` for foreign lockers.
    static db_result<database> open(
        const std::string& path, access how, std::chrono::milliseconds busy_timeout
    );

    // Runs one or more statements whose rows, if any, don't matter.
    db_result<void> execute(const std::string& sql);
    // The first column of the first row.
    db_result<std::int64_t> integer(const char* sql);
    db_result<std::string> text(const char* sql);
    // Ends a transaction that failed; harmless when SQLite ended it already or there is none.
    void roll_back() noexcept;
    // A function of one TEXT, BLOB or NULL (empty) for the statements of this connection, not for
    // its schema. Its error fails the statement.
    db_result<void> define(const char* name, sql_function function);
    // Rows changed by the last statement.
    std::int64_t changes() const noexcept;
    // The path no longer leads to the open file: what is written now would be lost with the last
    // descriptor.
    bool has_moved() const noexcept;

    sqlite3* handle() const noexcept { return handle_.get(); }

private:
    struct closer {
        void operator()(sqlite3* handle) const noexcept;
    };

    explicit database(sqlite3* handle) : handle_(handle) {}

    std::unique_ptr<sqlite3, closer> handle_;
};

struct blob_view {
    const void* data = nullptr;
    std::size_t size = 0;
};

// A parameter of a statement. Views must live until the statement has run.
using sql_value =
    std::variant<std::monostate, std::int64_t, std::string_view, std::string, blob_view>;

inline sql_value to_sql(std::int64_t v) {
    return v;
}
inline sql_value to_sql(std::uint32_t v) {
    return std::int64_t{v};
}
inline sql_value to_sql(bool v) {
    return std::int64_t{v};
}
inline sql_value to_sql(std::string_view v) {
    return v;
}
inline sql_value to_sql(const std::string& v) {
    return std::string_view(v);
}
inline sql_value to_sql(const char* v) {
    return std::string_view(v);
}
inline sql_value to_sql(blob_view v) {
    return v;
}
inline sql_value to_sql(const sql_value& v) {
    return v;
}
inline sql_value to_sql(redemption::time_point v) {
    return std::int64_t{v.time_since_epoch().count()};
}
inline sql_value to_sql(std::chrono::milliseconds v) {
    return std::int64_t{v.count()};
}
template <class Tag>
sql_value to_sql(const redemption::strong_text<Tag>& v) {
    return std::string_view(v.str());
}
template <class T>
sql_value to_sql(const std::optional<T>& v) {
    return v ? to_sql(*v) : sql_value{};
}

// The row a statement stands on; views into it die with the next step.
class row {
public:
    explicit row(sqlite3_stmt* at) : at_(at) {}

    bool is_null(int column) const noexcept;
    bool is_blob(int column) const noexcept;
    std::int64_t integer(int column) const noexcept;
    std::string_view text(int column) const noexcept;  // bytes of TEXT or BLOB; empty for NULL
    std::optional<std::string> optional_text(int column) const;

private:
    sqlite3_stmt* at_;
};

// One prepared statement, compiled at first use, so that its errors come out where every other
// error does. Must not outlive its database.
class statement {
public:
    using on_row = std::function<db_result<void>(const row&)>;

    statement(database& db, std::string sql) : db_(&db), sql_(std::move(sql)) {}

    // Binds the values in order and runs to the end.
    template <class... V>
    db_result<void> run(const V&... values) {
        const sql_value all[] = {to_sql(values)..., sql_value{}};
        return each(std::span(all, sizeof...(values)), nullptr);
    }
    // The same, handing each row to `visit`; stops with the first error it gives.
    db_result<void> each(std::span<const sql_value> values, const on_row& visit);
    // Whether there was a row; `visit` gets the first.
    template <class... V>
    db_result<bool> first(const on_row& visit, const V&... values) {
        const sql_value all[] = {to_sql(values)..., sql_value{}};
        return first_of(std::span(all, sizeof...(values)), visit);
    }

private:
    struct finalizer {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };

    db_result<bool> first_of(std::span<const sql_value> values, const on_row& visit);
    db_result<void> prepare();
    db_result<void> bind(std::span<const sql_value> values);
    int bind_one(int position, const sql_value& value);

    database* db_;
    std::string sql_;
    std::unique_ptr<sqlite3_stmt, finalizer> compiled_;
};

}  // namespace gateway::journal
