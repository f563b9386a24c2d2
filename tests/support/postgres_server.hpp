#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace gateway::support {

// A PostgreSQL server of one test program: its own cluster in a temporary folder, reached by a
// socket in it, as an unprivileged user when the test runs as root. It ends with the thread
// that started it, so also when the program crashes. Every failure throws std::runtime_error with
// the reason.
class postgres_server {
public:
    struct options {
        bool fsync = true;  // the journal refuses a server without
        // More lines of postgresql.conf ("max_connections = 5").
        std::vector<std::string> settings{};
        // PEM texts. With them the server also listens on a port of 127.0.0.1, and does TLS there.
        std::string certificate{};
        std::string key{};
        // A streaming standby of that server, which outlives this one. Its name for
        // synchronous_standby_names is "standby".
        const postgres_server* standby_of = nullptr;
    };

    postgres_server() : postgres_server(options{}) {}
    explicit postgres_server(const options& how);
    ~postgres_server();
    postgres_server(const postgres_server&) = delete;
    postgres_server& operator=(const postgres_server&) = delete;

    // The server that the tests of one program share; started by the first call.
    static postgres_server& shared();

    // The folder of the socket, as libpq's `host`.
    std::string host() const { return folder_.string(); }
    int port() const noexcept { return port_; }
    // The connection string of a database, as a superuser; `more` is appended.
    std::string conninfo(const std::string& database, const std::string& more = "") const;

    // Starts a server that was stopped; returns when it takes connections.
    void start();
    // As a power cut: nothing more is written, the next start recovers.
    void stop_immediate();
    // Ends sessions and writes everything.
    void stop_fast();
    // SIGKILL of every process of the server.
    void kill();
    // SIGSTOP and SIGCONT of the server's main process: new connections hang.
    void pause();
    void resume();
    // A signal to one backend (pg_backend_pid()), as SIGSTOP or SIGKILL.
    void signal_backend(pid_t backend, int signal);
    bool is_running() const;

    // Of a standby: it receives nothing until resume_receiving(), and replays no more.
    void stop_receiving();
    void resume_receiving();
    // Of a standby: it becomes a primary, with what it has received.
    void promote();
    // Waits until `standby` has replayed everything that is committed here.
    void wait_replayed(const postgres_server& standby) const;
    // Changes a setting of the running server ("synchronous_standby_names", "'standby'").
    void set(const std::string& name, const std::string& value) const;

    // Runs one SQL text as a superuser by a session of its own; the rows as psql prints them
    // without alignment ("a|b\nc|d").
    std::string query(const std::string& database, const std::string& sql) const;

private:
    friend class postgres_database;

    static std::string program(const char* name);
    std::string primary_conninfo() const;
    void initialise() const;
    void copy_primary() const;
    void run(const std::vector<std::string>& command) const;
    void wait_for_answer(const std::string& sql, const std::string& wanted) const;
    void configure();
    void put(const char* name, const std::string& content) const;
    void wait_until_ready();
    void stop(int signal);
    std::string log() const;

    options how_;
    std::filesystem::path folder_;
    int port_ = 5432;  // of the socket's name, too
    pid_t server_ = -1;
    unsigned next_database_ = 0;
};

// A database that is dropped with the object. Empty, or a copy of the database `like`.
class postgres_database {
public:
    explicit postgres_database(
        postgres_server& on = postgres_server::shared(), const std::string& like = ""
    );
    ~postgres_database();
    postgres_database(const postgres_database&) = delete;
    postgres_database& operator=(const postgres_database&) = delete;

    const std::string& name() const noexcept { return name_; }
    std::string conninfo(const std::string& more = "") const { return on_.conninfo(name_, more); }
    std::string query(const std::string& sql) const { return on_.query(name_, sql); }
    // A file with the connection string, as connection_settings::conninfo_file.
    std::string conninfo_file(const std::string& more = "") const;
    postgres_server& server() const noexcept { return on_; }

private:
    postgres_server& on_;
    std::string name_;
    std::filesystem::path file_;
};

}  // namespace gateway::support
