#include "journal/sqlite/statement.hpp"

#include <sqlite3.h>

#include <type_traits>

namespace gateway::journal {
namespace {

// Resets the statement however a run ends: an open read transaction would hold back checkpoints.
class run_guard {
public:
    explicit run_guard(sqlite3_stmt* statement) : statement_(statement) {}
    ~run_guard() { sqlite3_reset(statement_); }
    run_guard(const run_guard&) = delete;
    run_guard& operator=(const run_guard&) = delete;

private:
    sqlite3_stmt* statement_;
};

}  // namespace

bool row::is_null(int column) const noexcept {
    return sqlite3_column_type(at_, column) == SQLITE_NULL;
}

bool row::is_blob(int column) const noexcept {
    return sqlite3_column_type(at_, column) == SQLITE_BLOB;
}

std::int64_t row::integer(int column) const noexcept {
    return sqlite3_column_int64(at_, column);
}

std::string_view row::text(int column) const noexcept {
    const void* data = sqlite3_column_blob(at_, column);
    const int size = sqlite3_column_bytes(at_, column);
    return {static_cast<const char*>(data), data == nullptr ? 0 : static_cast<std::size_t>(size)};
}

void statement::finalizer::operator()(sqlite3_stmt* statement) const noexcept {
    sqlite3_finalize(statement);
}

db_result<void> statement::prepare() {
    if (compiled_) {
        return {};
    }
    sqlite3_stmt* compiled = nullptr;
    const int code = sqlite3_prepare_v3(
        db_->handle(),
        sql_.data(),
        static_cast<int>(sql_.size()),
        SQLITE_PREPARE_PERSISTENT,
        &compiled,
        nullptr
    );
    if (code != SQLITE_OK) {
        return db_->last_error();
    }
    compiled_.reset(compiled);
    return {};
}

int statement::bind_one(int position, const sql_value& value) {
    sqlite3_stmt* at = compiled_.get();
    return std::visit(
        [&](const auto& v) {
            using V = std::decay_t<decltype(v)>;
            if constexpr (std::is_same_v<V, std::monostate>) {
                return sqlite3_bind_null(at, position);
            } else if constexpr (std::is_same_v<V, std::int64_t>) {
                return sqlite3_bind_int64(at, position, v);
            } else if constexpr (std::is_same_v<V, blob_view>) {
                return sqlite3_bind_blob64(at, position, v.data, v.size, SQLITE_STATIC);
            } else {
                // A null pointer would bind NULL where the text is only empty.
                const char* data = v.empty() ? "" : v.data();
                return sqlite3_bind_text64(
                    at, position, data, v.size(), SQLITE_STATIC, SQLITE_UTF8
                );
            }
        },
        value
    );
}

db_result<void> statement::bind(std::span<const sql_value> values) {
    if (auto ready = prepare(); !ready) {
        return ready.error();
    }
    int position = 0;
    for (const sql_value& value : values) {
        if (bind_one(++position, value) != SQLITE_OK) {
            return db_->last_error();
        }
    }
    return {};
}

db_result<void> statement::each(std::span<const sql_value> values, const on_row& visit) {
    if (auto bound = bind(values); !bound) {
        return bound.error();
    }
    const run_guard guard(compiled_.get());
    for (;;) {
        const int code = sqlite3_step(compiled_.get());
        if (code == SQLITE_DONE) {
            return {};
        }
        if (code != SQLITE_ROW) {
            return db_->last_error();
        }
        if (!visit) {
            continue;
        }
        if (auto visited = visit(row(compiled_.get())); !visited) {
            return visited.error();
        }
    }
}

db_result<bool> statement::first_of(std::span<const sql_value> values, const on_row& visit) {
    if (auto bound = bind(values); !bound) {
        return bound.error();
    }
    const run_guard guard(compiled_.get());
    const int code = sqlite3_step(compiled_.get());
    if (code == SQLITE_DONE) {
        return false;
    }
    if (code != SQLITE_ROW) {
        return db_->last_error();
    }
    if (auto visited = visit(row(compiled_.get())); !visited) {
        return visited.error();
    }
    return true;
}

}  // namespace gateway::journal
