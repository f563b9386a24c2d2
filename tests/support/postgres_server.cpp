#include "tests/support/postgres_server.hpp"

#include <libpq-fe.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "tests/support/server_process.hpp"

namespace gateway::support {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr const char* folder_prefix = "gateway-postgres-";
constexpr milliseconds poll_pause{5};
constexpr milliseconds start_limit{30'000};
constexpr milliseconds end_limit{10'000};

std::runtime_error failed(const std::string& what) {
    return std::runtime_error("test server: " + what);
}

std::runtime_error failed_call(const std::string& what) {
    return failed(what + ": " + std::error_code(errno, std::generic_category()).message());
}

}  // namespace

std::string postgres_server::program(const char* name) {
    const fs::path path = fs::path(GATEWAY_POSTGRES_PROGRAMS) / name;
    if (!fs::exists(path)) {
        throw failed(path.string() + " is missing; script/install test installs PostgreSQL");
    }
    return path.string();
}

namespace {

template <class Condition>
void wait_for(Condition done, milliseconds limit, const std::string& what) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (!done()) {
        if (std::chrono::steady_clock::now() > until) {
            throw failed("no end of waiting for " + what);
        }
        std::this_thread::sleep_for(poll_pause);
    }
}

// Folders of programs that crashed.
void remove_abandoned_folders() {
    for (const auto& entry : fs::directory_iterator(fs::temp_directory_path())) {
        const std::string name = entry.path().filename();
        if (!name.starts_with(folder_prefix)) {
            continue;
        }
        const pid_t owner = std::atoi(name.c_str() + std::string(folder_prefix).size());
        std::error_code ignored;
        if (owner > 0 && !is_alive(owner)) {
            fs::remove_all(entry.path(), ignored);
        }
    }
}

fs::path make_folder() {
    remove_abandoned_folders();
    std::string name =
        fs::temp_directory_path() / (folder_prefix + std::to_string(::getpid()) + "-XXXXXX");
    if (::mkdtemp(name.data()) == nullptr) {
        throw failed_call(name);
    }
    const account as = unprivileged();
    if (::geteuid() == 0 && ::chown(name.c_str(), as.user, as.group) != 0) {
        throw failed_call(name);
    }
    return name;
}

// A port that nobody listens on at the moment.
int free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* name = reinterpret_cast<sockaddr*>(&address);
    const bool found = ::bind(fd, name, length) == 0 && ::getsockname(fd, name, &length) == 0;
    ::close(fd);
    if (!found) {
        throw failed_call("no free port");
    }
    return ntohs(address.sin_port);
}

std::string printed(const PGresult* result) {
    std::string text;
    for (int row = 0; row < PQntuples(result); ++row) {
        text += row > 0 ? "\n" : "";
        for (int column = 0; column < PQnfields(result); ++column) {
            text += column > 0 ? "|" : "";
            text += PQgetvalue(result, row, column);
        }
    }
    return text;
}

}  // namespace

postgres_server::postgres_server(const options& how) : how_(how), folder_(make_folder()) {
    if (how_.standby_of == nullptr) {
        initialise();
    } else {
        copy_primary();
    }
    configure();
    start();
}

postgres_server::~postgres_server() {
    if (server_ > 0) {
        resume();
        ::kill(server_, SIGQUIT);
        ::waitpid(server_, nullptr, 0);
    }
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

postgres_server& postgres_server::shared() {
    static postgres_server server;
    return server;
}

void postgres_server::run(const std::vector<std::string>& command) const {
    const pid_t child = spawn(command, folder_ / "log");
    int status = 0;
    if (::waitpid(child, &status, 0) != child || status != 0) {
        throw failed(command.front() + " failed: " + log());
    }
}

void postgres_server::initialise() const {
    run(
        {program("initdb"),
         "--pgdata=" + (folder_ / "data").string(),
         "--username=postgres",
         "--auth=trust",
         "--encoding=UTF8",
         "--locale=C",
         "--no-sync"}
    );
}

void postgres_server::put(const char* name, const std::string& content) const {
    const fs::path file = folder_ / "data" / name;
    std::ofstream(file) << content;
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    const account as = unprivileged();
    if (::geteuid() == 0 && ::chown(file.c_str(), as.user, as.group) != 0) {
        throw failed_call(file);
    }
}

void postgres_server::configure() {
    const bool tls = !how_.key.empty();
    if (tls) {
        port_ = free_port();
        put("server.crt", how_.certificate);
        put("server.key", how_.key);
    }
    std::ofstream out(folder_ / "data" / "postgresql.conf", std::ios::app);
    out << "listen_addresses = '" << (tls ? "127.0.0.1" : "") << "'\n"
        << "port = " << port_ << "\n"
        << "ssl = " << (tls ? "on" : "off") << "\n"
        << "unix_socket_directories = '" << folder_.string() << "'\n"
        << "fsync = " << (how_.fsync ? "on" : "off") << "\n"
        << "shared_buffers = 32MB\n"
        << "wal_retrieve_retry_interval = 20ms\n";  // a promotion waits for it
    for (const auto& line : how_.settings) {
        out << line << "\n";
    }
}

void postgres_server::start() {
    if (server_ > 0) {
        throw failed("it runs already");
    }
    server_ = spawn({program("postgres"), "-D", (folder_ / "data").string()}, folder_ / "log");
    wait_until_ready();
}

void postgres_server::wait_until_ready() {
    const std::string to = conninfo("postgres", "connect_timeout=2");
    wait_for(
        [&] {
            if (::waitpid(server_, nullptr, WNOHANG) == server_) {
                server_ = -1;
                throw failed("it did not start: " + log());
            }
            return PQping(to.c_str()) == PQPING_OK;
        },
        start_limit,
        "the server's start"
    );
}

void postgres_server::stop(int signal) {
    if (server_ <= 0) {
        throw failed("it does not run");
    }
    const auto children = children_of(server_);
    ::kill(server_, signal);
    ::waitpid(server_, nullptr, 0);
    server_ = -1;
    // Backends that outlive the main process hold the shared memory, so that no other can start.
    for (const pid_t child : children) {
        wait_for([&] { return !is_alive(child); }, end_limit, "the end of a backend");
    }
}

void postgres_server::stop_immediate() {
    stop(SIGQUIT);
}

void postgres_server::stop_fast() {
    stop(SIGINT);
}

void postgres_server::kill() {
    pause();  // starts no more backends
    for (const pid_t child : children_of(server_)) {
        ::kill(child, SIGKILL);
    }
    stop(SIGKILL);
}

void postgres_server::pause() {
    ::kill(server_, SIGSTOP);
}

void postgres_server::resume() {
    ::kill(server_, SIGCONT);
}

void postgres_server::signal_backend(pid_t backend, int signal) {
    if (parent_of(backend) != server_ || ::kill(backend, signal) != 0) {
        throw failed("no backend " + std::to_string(backend));
    }
}

bool postgres_server::is_running() const {
    return server_ > 0;
}

std::string postgres_server::conninfo(const std::string& database, const std::string& more) const {
    return "host=" + host() + " port=" + std::to_string(port_) +
           " user=postgres dbname=" + database + " " + more;
}

std::string postgres_server::query(const std::string& database, const std::string& sql) const {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> on(
        PQconnectdb(conninfo(database).c_str()), &PQfinish
    );
    if (PQstatus(on.get()) != CONNECTION_OK) {
        throw failed(PQerrorMessage(on.get()));
    }
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(
        PQexec(on.get(), sql.c_str()), &PQclear
    );
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        throw failed(PQresultErrorMessage(result.get()));
    }
    return printed(result.get());
}

std::string postgres_server::log() const {
    std::ifstream in(folder_ / "log");
    const std::string text(std::istreambuf_iterator<char>(in), {});
    constexpr std::size_t tail = 2000;
    return text.size() > tail ? text.substr(text.size() - tail) : text;
}

postgres_database::postgres_database(postgres_server& on, const std::string& like)
    : on_(on),
      name_("test_" + std::to_string(++on.next_database_)),
      file_(on.folder_ / (name_ + ".conninfo")) {
    const std::string from = like.empty() ? "template0" : like;
    on_.query("postgres", "CREATE DATABASE " + name_ + " TEMPLATE " + from);
}

postgres_database::~postgres_database() {
    try {
        if (on_.is_running()) {
            on_.query("postgres", "DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
        }
    } catch (const std::exception&) {  // the folder goes with the server
    }
}

std::string postgres_database::conninfo_file(const std::string& more) const {
    std::ofstream out(file_);
    out << conninfo(more) << "\n";
    out.close();
    fs::permissions(file_, fs::perms::owner_read | fs::perms::owner_write);
    return file_.string();
}

}  // namespace gateway::support
