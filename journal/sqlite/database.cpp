#include "journal/sqlite/database.hpp"

#include <sqlite3.h>

#include "journal/sqlite/statement.hpp"
#include "text/hex.hpp"

namespace gateway::journal {
namespace {

// A path as part of an URI.
std::string uri_path(const std::string& path) {
    std::string out;
    for (const char c : path) {
        if (c == '%' || c == '?' || c == '#') {
            out += '%';
            text::append_upper_hex(out, static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    return out;
}

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
        case SQLITE_READONLY:  // a connection opened read-only stays so when the file changes
            return true;
        default:
            return false;
    }
}

bool may_be_in_log(const db_error& error) noexcept {
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
    const int mode = how == access::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    const bool immutable = how == access::immutable;
    const std::string name = immutable ? "file:" + uri_path(path) + "?immutable=1" : path;
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(
        name.c_str(),
        &handle,
        mode | SQLITE_OPEN_NOMUTEX | (immutable ? SQLITE_OPEN_URI : 0),
        nullptr
    );
    database opened(handle);  // owns it even when opening failed
    if (code != SQLITE_OK) {
        return db_error(code, sentence_for(code, sqlite3_errstr(code)));
    }
    sqlite3_extended_result_codes(handle, 1);
    opened.busy_timeout_ = busy_timeout;
    sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout.count()));
    return opened;
}

db_result<void> database::execute(const std::string& sql) {
    if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        return last_error();
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

db_error database::last_error() const {
    const int code = sqlite3_extended_errcode(handle());
    return {code, sentence_for(code, sqlite3_errmsg(handle()))};
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
        return last_error();
    }
    return {};
}

std::int64_t database::changes() const noexcept {
    return sqlite3_changes64(handle());
}

void database::keep_log_at_close() {
    int keep = 1;
    sqlite3_file_control(handle(), "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
}

db_result<checkpoint_result> database::checkpoint(checkpoint_kind how) {
    int mode = SQLITE_CHECKPOINT_PASSIVE;
    if (how == checkpoint_kind::full) {
        mode = SQLITE_CHECKPOINT_FULL;
    } else if (how == checkpoint_kind::truncate) {
        mode = SQLITE_CHECKPOINT_TRUNCATE;
        sqlite3_busy_timeout(handle(), 0);
    }
    checkpoint_result result;
    const int code =
        sqlite3_wal_checkpoint_v2(handle(), nullptr, mode, &result.pages, &result.copied);
    sqlite3_busy_timeout(handle(), static_cast<int>(busy_timeout_.count()));
    if (code != SQLITE_OK) {
        return last_error();
    }
    return result;
}

void database::count_log_pages() {
    sqlite3_wal_hook(
        handle(),
        [](void* count, sqlite3*, const char*, int pages) {
            *static_cast<int*>(count) = pages;
            return SQLITE_OK;
        },
        log_pages_.get()
    );
}

}  // namespace gateway::journal
