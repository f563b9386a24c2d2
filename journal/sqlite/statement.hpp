#pragma once

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

#include "journal/sqlite/database.hpp"
#include "redemption/model.hpp"

// Prepared SQLite statements that finalize themselves and return errors instead of throwing.

struct sqlite3_stmt;

namespace gateway::journal {

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
inline sql_value to_sql(base::fixed_text v) {
    return v.view();
}
inline sql_value to_sql(const base::redacted_text& v) {
    return v.view();
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

// The current row of a statement; views into it are valid until the next step.
class row {
public:
    explicit row(sqlite3_stmt* at) : at_(at) {}

    bool is_null(int column) const noexcept;
    bool is_blob(int column) const noexcept;
    std::int64_t integer(int column) const noexcept;
    std::string_view text(int column) const noexcept;  // bytes of TEXT or BLOB; empty for NULL

private:
    sqlite3_stmt* at_;
};

// One prepared statement, compiled at its first use, so that its errors are returned like every
// other. Must not outlive its database.
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
    // Whether there is a row; `visit` gets the first.
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
