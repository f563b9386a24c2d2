#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/postgres/pg_error.hpp"
#include "journal/postgres/values.hpp"
#include "redemption/model.hpp"

struct pg_result;  // libpq's PGresult

// Results of statements in binary format. Values belong to one thread at a time.

namespace gateway::journal::postgres {

// What one statement gave back: its rows, or the number of rows that it changed.
class rows {
public:
    rows() = default;
    explicit rows(::pg_result* result) : result_(result) {}  // takes it over

    std::size_t size() const noexcept;
    bool empty() const noexcept { return size() == 0; }
    std::size_t columns() const noexcept;
    // Rows that an INSERT, UPDATE, DELETE or SELECT touched.
    std::uint64_t affected() const noexcept;

private:
    friend class row_reader;
    struct closer {
        void operator()(::pg_result* result) const noexcept;
    };
    std::unique_ptr<::pg_result, closer> result_;
};

// Reads the columns of one row. A column that is missing, NULL where a value is needed, of another
// type or damaged gives an empty value, and error() tells the first such column: it is asked once
// after a row was read, before anything is done with it. Views are valid as long as the rows.
class row_reader {
public:
    row_reader(const rows& of, std::size_t row) noexcept : rows_(of), row_(row) {}

    // The next column from the left.
    template <class T>
    T next() {
        return get<T>(column_++);
    }
    // T: bool, int32_t, int64_t, float, milliseconds (int8), sys_days, time_point (µs are cut off),
    // redemption_id, std::string_view or std::string (text, bytea, jsonb), strong_text,
    // vector<std::string> (text[]), or std::optional of one of them for a column that may be NULL.
    template <class T>
    T get(std::size_t column) {
        T value{};
        read(column, value);
        return value;
    }
    bool is_null(std::size_t column) const noexcept;
    void skip(std::size_t columns = 1) noexcept { column_ += columns; }
    // Kind trouble; none when all was read as it should be.
    const std::optional<pg_error>& error() const noexcept { return error_; }

private:
    void read(std::size_t column, bool& into);
    void read(std::size_t column, std::int32_t& into);
    void read(std::size_t column, std::int64_t& into);
    void read(std::size_t column, float& into);
    void read(std::size_t column, std::chrono::milliseconds& into);
    void read(std::size_t column, std::chrono::sys_days& into);
    void read(std::size_t column, redemption::time_point& into);
    void read(std::size_t column, redemption::redemption_id& into);
    void read(std::size_t column, std::string_view& into);
    void read(std::size_t column, std::string& into);
    void read(std::size_t column, std::vector<std::string>& into);
    template <class Tag>
    void read(std::size_t column, redemption::strong_text<Tag>& into) {
        into = redemption::strong_text<Tag>(get<std::string>(column));
    }
    template <class T>
    void read(std::size_t column, std::optional<T>& into) {
        if (!is_null(column)) {
            read(column, into.emplace());
        }
    }

    std::optional<std::string_view> bytes_of(std::size_t column, type wanted, std::size_t length);
    std::optional<std::string_view> present(std::size_t column);
    type type_of(std::size_t column) const noexcept;
    void fail(std::size_t column, base::fixed_text why);

    const rows& rows_;
    std::size_t row_;
    std::size_t column_ = 0;
    std::optional<pg_error> error_;
};

}  // namespace gateway::journal::postgres
