#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/redacted_text.hpp"
#include "base/secret_text.hpp"
#include "journal/postgres/pg_error.hpp"
#include "journal/postgres/rows.hpp"
#include "journal/postgres/values.hpp"

// One session with the server, on one of the journal's own threads: its calls block, each until its
// deadline (docs/journal-postgres.md, Connections).

namespace gateway::journal::postgres {

class session;  // libpq's state

// A statement of the journal. `name` is unique in its table.
struct statement {
    const char* name;
    const char* sql;
    std::vector<type> types;  // of $1, $2, ...
};

// One execution of a statement in a batch.
struct call {
    const statement* what = nullptr;
    parameters with{};
};

// The user of the session.
enum class role : std::uint8_t {
    writer,  // without sequential scans: plans made while the tables were empty would keep them
    reader,
};

struct connection_settings {
    // Read anew at each connect, so that passwords can change; at most 64 KiB. A connection string
    // or URI of libpq.
    std::string conninfo_file{};
    // Allows other servers than sockets and loopback addresses without TLS.
    bool tls_off = false;
    // Statements without names and no session settings, for a pooler in between.
    bool through_pooler = false;
    role used_by = role::writer;
    std::string application_name = "redemption-gateway";
    std::chrono::milliseconds connect_deadline{3000};  // for each address
    std::chrono::milliseconds batch_deadline{10'000};
};

class connection {
public:
    // Tries each address of each host in turn. Kind trouble or lost. `time` outlives the
    // connection. A host's name is resolved by the system's resolver, which has time limits of its
    // own.
    static pg_outcome<connection> open(
        const connection_settings& settings, const base::runtime& time
    );
    connection(connection&&) noexcept;
    connection& operator=(connection&&) noexcept;
    ~connection();  // closes the socket at once; what was not sent will not be

    // Prepares the statements by their names, which spares run() their parsing and planning; behind
    // a pooler it has no effect. `table` outlives the connection.
    pg_outcome<void> prepare(std::span<const statement> table);

    // Runs the calls as one pipeline, which is one transaction, and gives the result of each. On an
    // error nothing of the batch was written, unless it is in doubt. When no complete answer came
    // by the deadline, the socket is closed; the server is never asked to cancel, as that could
    // make it confirm a commit before a standby has it. Throws std::logic_error when the parameters
    // are not of the statement's types.
    pg_outcome<std::vector<rows>> run(std::span<const call> batch);
    pg_outcome<rows> run(const call& one);

    // Several statements in one text, without parameters; they are their own transaction unless the
    // text begins one; an error ends it. Gives the first column of the last row, as text. For
    // migrations.
    pg_outcome<std::optional<std::string>> run_script(
        const std::string& sql, std::chrono::milliseconds deadline
    );

    // False: the session is over. After an error of kind trouble, too, except for a statement that
    // took too long: a new session finds out whether the server is fit again.
    bool is_usable() const noexcept;
    // The same after a look at the socket, which notices a session that the server ended meanwhile.
    bool is_alive();
    // The process id of the server's side, as pg_terminate_backend() takes it; meaningless behind a
    // pooler.
    std::int32_t backend_pid() const noexcept;
    // Advice about the conninfo file for the operator; none usually.
    const std::optional<base::redacted_text>& warning() const noexcept { return warning_; }

private:
    explicit connection(std::unique_ptr<session> own);

    bool is_prepared(const statement& one) const noexcept;
    pg_outcome<void> prepare_again();
    // What `error` means for the session.
    void judge(const pg_error& error);

    std::unique_ptr<session> session_;
    std::chrono::milliseconds batch_deadline_{};
    bool through_pooler_ = false;
    bool plans_are_stale_ = false;  // a migration changed the result of a prepared statement
    std::span<const statement> table_;
    std::optional<base::redacted_text> warning_;
};

}  // namespace gateway::journal::postgres
