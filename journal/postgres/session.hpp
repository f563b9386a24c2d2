#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "journal/postgres/conninfo.hpp"
#include "journal/postgres/pg_error.hpp"
#include "journal/postgres/rows.hpp"

struct pg_conn;    // libpq's PGconn
struct pg_result;  // libpq's PGresult

namespace gateway::journal::postgres {

// One socket to the server, driven by libpq's calls that do not block. Every wait ends at a
// deadline; cut() then ends the session. One thread at a time.
class session {
public:
    // Connects to one address. Kind trouble when a server refused, lost otherwise.
    static pg_outcome<std::unique_ptr<session>> open(
        const connection_options& options, const base::runtime& time, base::steady_time deadline
    );
    ~session();
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    pg_conn* handle() const noexcept { return handle_; }
    bool is_open() const noexcept { return handle_ != nullptr; }
    base::steady_time now() const noexcept { return time_.now(); }
    std::int32_t backend_pid() const noexcept { return backend_pid_; }

    // Closes the socket without sending what libpq still holds: its own closing would send that
    // first, the end of a batch included.
    void cut() noexcept;
    // Reads what came without being asked for; false, and closed, when the connection has ended.
    bool check_alive();

    enum class sent : std::uint8_t {
        all,     // taken by the system, as far as libpq tells
        partly,  // the deadline passed, or the connection was lost: the last byte was not sent
    };
    sent flush(base::steady_time deadline);

    // Fetches the next result, nullptr at the end of a statement's; none when the connection was
    // lost or the deadline passed (timed_out()).
    std::optional<::pg_result*> next(base::steady_time deadline);
    bool timed_out() const noexcept { return timed_out_; }

    // The SQLSTATE of the first warning since clear_warnings(); empty without one.
    const std::string& warning() const noexcept { return warning_; }
    void clear_warnings() noexcept { warning_.clear(); }
    // libpq's message about the connection.
    std::string message() const;

private:
    session(pg_conn* handle, const base::runtime& time) : handle_(handle), time_(time) {}

    pg_outcome<void> connect(base::steady_time deadline);
    pg_error connect_error();
    void configure();
    bool has_read_ahead() const noexcept;
    // Waits until the socket is ready for one of `events`; false at the deadline.
    bool wait(short events, base::steady_time deadline);
    static void take_notice(void* self, const ::pg_result* notice) noexcept;

    pg_conn* handle_;
    const base::runtime& time_;
    std::int32_t backend_pid_ = 0;
    bool timed_out_ = false;
    std::string warning_;
};

// The error of a result that is one. `statement`: its index in the batch.
pg_error error_of(const ::pg_result* result, int statement);
// An ERROR leaves the session as it is; after any other the server has ended it.
bool ends_session(const ::pg_result* result) noexcept;

}  // namespace gateway::journal::postgres
