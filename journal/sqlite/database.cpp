#include "journal/sqlite/database.hpp"

#include <sqlite3.h>

#include <type_traits>

namespace gateway::journal {
namespace {

std::string sentence_for(int code, const char* message) {
    switch (code & 0xff) {
        case SQLITE_FULL:
            return "the journal's disk is full";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "the journal file is locked by another process";
        case SQLITE_READONLY:
            return "the journal file is read-only";
        case SQLITE_NOTADB:
            return "the file is not a database";
        case SQLITE_CORRUPT:
            return "the journal file is damaged";
        case SQLITE_CANTOPEN:
            return "the journal file cannot be opened";
        case SQLITE_IOERR:
            return "the journal's disk reported an error (" + std::string(message) + ", code " +
                   std::to_string(code) + ")";
        default:
            return std::string(message) + " (code " + std::to_string(code) + ")";
    }
}

db_error error_of(sqlite3* handle) {
    const int code = sqlite3_extended_errcode(handle);
    return {code, sentence_for(code, sqlite3_errmsg(handle))};
}

void call_function(sqlite3_context* context, int, sqlite3_value** values) {
    const auto& function = *static_cast<const sql_function*>(sqlite3_user_data(context));
    const void* data = sqlite3_value_blob(values[0]);
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[0]));
    const auto result = function({static_cast<const char*>(data), data == nullptr ? 0 : size});
    if (!result) {
        sqlite3_result_error(context, result.error().reason.c_str(), -1);
        return;
    }
    const auto length = result->bytes.size();
    if (result->is_text) {
        sqlite3_result_text64(context, result->bytes.data(), length, SQLITE_TRANSIENT, SQLITE_UTF8);
    } else {
        sqlite3_result_blob64(context, result->bytes.data(), length, SQLITE_TRANSIENT);
    }
}

void destroy_function(void* function) {
    const std::unique_ptr<sql_function> owned(static_cast<sql_function*>(function));
}

// Statements are reset however a run ends: an open read transaction would hold back checkpoints.
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

bool is_storage_fault(const db_error& error) noexcept {
    switch (error.code & 0xff) {
        case SQLITE_OK:
        case SQLITE_CONSTRAINT:
        case SQLITE_TOOBIG:
        case SQLITE_MISMATCH:
            return false;
        default:
            return true;
    }
}

bool needs_new_connection(const db_error& error) noexcept {
    switch (error.code & 0xff) {
        case SQLITE_IOERR:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_CANTOPEN:
        case SQLITE_PROTOCOL:
        case SQLITE_READONLY:  // what was opened read-only stays so, whatever becomes of the file
            return true;
        default:
            return false;
    }
}

bool may_stand_in_log(const db_error& error) noexcept {
    switch (error.code & 0xff) {
        case SQLITE_FULL:
        case SQLITE_READONLY:
        case SQLITE_CONSTRAINT:
            return false;
        default:
            return error.code != SQLITE_IOERR_WRITE;
    }
}

bool only_the_flush_failed(const db_error& error) noexcept {
    return error.code == SQLITE_IOERR_FSYNC;
}

void database::closer::operator()(sqlite3* handle) const noexcept {
    sqlite3_close_v2(handle);
}

db_result<database> database::open(
    const std::string& path, access how, std::chrono::milliseconds busy_timeout
) {
    const int mode = how == access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, mode | SQLITE_OPEN_NOMUTEX, nullptr);
    database opened(handle);  // owns it even when opening failed
    if (code != SQLITE_OK) {
        return db_error(code, sentence_for(code, sqlite3_errstr(code)));
    }
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout.count()));
    return opened;
}

db_result<void> database::execute(const std::string& sql) {
    if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        return error_of(handle());
    }
    return {};
}

db_result<std::int64_t> database::integer(const char* sql) {
    std::int64_t value = 0;
    statement once(*this, sql);
    auto found = once.first([&](const row& r) -> db_result<void> {
        value = r.integer(0);
        return {};
    });
    if (!found) {
        return found.error();
    }
    return value;
}

db_result<std::string> database::text(const char* sql) {
    std::string value;
    statement once(*this, sql);
    auto found = once.first([&](const row& r) -> db_result<void> {
        value = r.text(0);
        return {};
    });
    if (!found) {
        return found.error();
    }
    return value;
}

void database::roll_back() noexcept {
    if (sqlite3_get_autocommit(handle()) == 0) {
        sqlite3_exec(handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

db_result<void> database::define(const char* name, sql_function function) {
    auto owned = std::make_unique<sql_function>(std::move(function));
    const int code = sqlite3_create_function_v2(
        handle(),
        name,
        1,
        SQLITE_UTF8 | SQLITE_DIRECTONLY,
        owned.release(),  // SQLite destroys it in every case
        call_function,
        nullptr,
        nullptr,
        destroy_function
    );
    if (code != SQLITE_OK) {
        return error_of(handle());
    }
    return {};
}

std::int64_t database::changes() const noexcept {
    return sqlite3_changes64(handle());
}

bool database::has_moved() const noexcept {
    int moved = 0;
    const int code = sqlite3_file_control(handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return code == SQLITE_OK && moved != 0;
}

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

std::optional<std::string> row::optional_text(int column) const {
    if (is_null(column)) {
        return std::nullopt;
    }
    return std::string(text(column));
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
        return error_of(db_->handle());
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
            return error_of(db_->handle());
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
            return error_of(db_->handle());
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
        return error_of(db_->handle());
    }
    if (auto visited = visit(row(compiled_.get())); !visited) {
        return visited.error();
    }
    return true;
}

}  // namespace gateway::journal
