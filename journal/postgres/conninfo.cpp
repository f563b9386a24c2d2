#include "journal/postgres/conninfo.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>

namespace gateway::journal::postgres {
namespace {

constexpr std::size_t most_bytes = 64UL * 1024;
constexpr std::size_t most_hosts = 16;
// Where Debian builds libpq to look for a socket.
constexpr const char* socket_folder = "/var/run/postgresql";
constexpr const char* system_certificates = "/etc/ssl/certs/ca-certificates.crt";

pg_error trouble(base::redacted_text reason) {
    return {.kind = error_kind::trouble, .reason = std::move(reason), .is_own = true};
}

pg_error trouble(base::fixed_text reason) {
    return trouble(base::redacted_text(reason));
}

std::error_code last_error() {
    return {errno, std::generic_category()};
}

base::secret_text secret(std::string text) {
    return base::secret_text(std::move(text));
}

std::string_view value_of(const connection_options& options, const std::string& keyword) {
    const auto found = options.find(keyword);
    return found == options.end() ? std::string_view() : found->second.reveal();
}

class file_descriptor {
public:
    explicit file_descriptor(int fd) noexcept : fd_(fd) {}
    ~file_descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    file_descriptor(const file_descriptor&) = delete;
    file_descriptor& operator=(const file_descriptor&) = delete;
    int get() const noexcept { return fd_; }

private:
    int fd_;
};

pg_outcome<std::string> read_all(int fd) {
    std::string text(most_bytes + 1, '\0');
    std::size_t length = 0;
    while (length < text.size()) {
        const auto got = ::read(fd, text.data() + length, text.size() - length);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return trouble(
                "the file of the connection string cannot be read: " +
                base::redacted_text::message_of(last_error())
            );
        }
        if (got == 0) {
            break;
        }
        length += static_cast<std::size_t>(got);
    }
    if (length > most_bytes) {
        return trouble("the file of the connection string is larger than 64 KiB");
    }
    text.resize(length);
    return text;
}

// The options that the text gives. libpq's message for a text that it does not understand repeats
// parts of it, perhaps the password.
pg_outcome<connection_options> parse(const base::secret_text& text) {
    const std::string copy(text.reveal());
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
        PQconninfoParse(copy.c_str(), &message), &PQconninfoFree
    );
    PQfreemem(message);
    if (!parsed) {
        return trouble("the connection string cannot be understood");
    }
    connection_options options;
    for (const PQconninfoOption* one = parsed.get(); one->keyword != nullptr; ++one) {
        if (one->val != nullptr && *one->val != '\0') {
            options[one->keyword] = secret(one->val);
        }
    }
    if (options.contains("service")) {
        return trouble("the connection string names a service, which is not supported");
    }
    return options;
}

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    while (true) {
        const auto comma = list.find(',');
        parts.emplace_back(list.substr(0, comma));
        if (comma == std::string_view::npos) {
            return parts;
        }
        list.remove_prefix(comma + 1);
    }
}

bool is_loopback_address(const std::string& address) {
    in_addr v4{};
    if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) {
        return ntohl(v4.s_addr) >> 24U == IN_LOOPBACKNET;
    }
    in6_addr v6{};
    return ::inet_pton(AF_INET6, address.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool is_socket(std::string_view host) {
    return host.starts_with('/') || host.starts_with('@');
}

// A connection to it does not leave the machine.
bool is_local(const connection_options& options) {
    const std::string address(value_of(options, "hostaddr"));
    if (!address.empty()) {
        return is_loopback_address(address);
    }
    const std::string host(value_of(options, "host"));
    return host.empty() || is_socket(host) || host == "localhost" || is_loopback_address(host);
}

// The host that libpq takes when the text names none: by the environment or as it was built.
std::string default_host() {
    std::string host;
    PQconninfoOption* all = PQconndefaults();
    for (const PQconninfoOption* one = all; one != nullptr && one->keyword != nullptr; ++one) {
        if (std::string_view(one->keyword) == "host" && one->val != nullptr) {
            host = one->val;
        }
    }
    PQconninfoFree(all);
    return host.empty() ? socket_folder : host;
}

pg_outcome<void> require_tls(connection_options& options, bool tls_off) {
    if (is_local(options) || tls_off) {
        return boost::system::in_place_value;
    }
    const auto mode = value_of(options, "sslmode");
    if (!mode.empty() && mode != "verify-full") {
        return trouble(
            "the connection string asks for another sslmode than verify-full, but the host is not "
            "this machine"
        );
    }
    options["sslmode"] = secret("verify-full");
    const auto roots = value_of(options, "sslrootcert");
    if (roots.empty() || roots == "system") {
        options["sslrootcert"] = secret(system_certificates);
    }
    return boost::system::in_place_value;
}

void enforce(connection_options& options, const connection_settings& settings) {
    options["client_encoding"] = secret("UTF8");
    options["application_name"] = secret(settings.application_name);
    options["target_session_attrs"] = secret("read-write");
    options["tcp_user_timeout"] = secret("5000");
    options.erase("connect_timeout");  // libpq has it for blocking calls only
    // Where the text does not say otherwise: a session that a firewall forgot is noticed while it
    // is idle, and no ticket of Kerberos is looked for.
    constexpr std::array<std::pair<const char*, const char*>, 3> usual{
        {{"keepalives_idle", "30"}, {"keepalives_interval", "5"}, {"gssencmode", "disable"}}
    };
    for (const auto& [keyword, value] : usual) {
        options.try_emplace(keyword, secret(value));
    }
    if (settings.through_pooler) {
        return;  // poolers refuse the parameter, and settings would stay for other clients
    }
    std::string session(value_of(options, "options"));
    session += " -c statement_timeout=5000 -c lock_timeout=2000 -c jit=off -c timezone=UTC";
    session += " -c enable_seqscan=off";
    // A connection that only its server still believes in ends there, too, and with it its locks.
    session += " -c idle_in_transaction_session_timeout=10000 -c tcp_user_timeout=10000";
    session += " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=2";
    if (settings.used_by == role::reader) {
        // Lists leave out what has no value, and are read along an index until their page is full.
        // Helpers take longer to start than that.
        session +=
            " -c plan_cache_mode=force_custom_plan -c enable_bitmapscan=off"
            " -c enable_hashjoin=off -c enable_mergejoin=off"
            " -c max_parallel_workers_per_gather=0";
    } else {
        // Once the tables have statistics the server takes a generic plan for dearer than one for
        // the very arrays of a batch, and plans each batch anew, which costs as much as the batch.
        session += " -c plan_cache_mode=force_generic_plan";
    }
    options["options"] = secret(std::move(session));
}

// The part of a list for one host: a list of one counts for all.
std::string part_of(const std::vector<std::string>& list, std::size_t index) {
    return list.size() == 1 ? list.front() : list.at(index);
}

}  // namespace

pg_outcome<conninfo_text> read_conninfo(const std::string& file) {
    const file_descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat about{};
    if (fd.get() < 0 || ::fstat(fd.get(), &about) != 0) {
        return trouble(
            "the file of the connection string cannot be opened: " +
            base::redacted_text::message_of(last_error())
        );
    }
    if (!S_ISREG(about.st_mode)) {
        return trouble("the path of the connection string is not that of a file");
    }
    auto text = read_all(fd.get());
    if (!text) {
        return text.error();
    }
    text->erase(text->find_last_not_of(" \t\r\n") + 1);
    conninfo_text found{.text = secret(std::move(*text)), .warning = std::nullopt};
    if ((about.st_mode & S_IROTH) != 0) {
        found.warning =
            base::redacted_text("the file of the connection string can be read by every user");
    }
    return found;
}

pg_outcome<std::vector<connection_options>> hosts_of(
    const base::secret_text& text, const connection_settings& settings
) {
    auto given = parse(text);
    if (!given) {
        return given.error();
    }
    if (!given->contains("host") && !given->contains("hostaddr")) {
        (*given)["host"] = secret(default_host());
    }
    const auto names = split(value_of(*given, "host"));
    const auto addresses = split(value_of(*given, "hostaddr"));
    const auto ports = split(value_of(*given, "port"));
    const std::size_t count = std::max(names.size(), addresses.size());
    const auto fits = [&](const auto& list) {
        return list.size() == 1 || list.size() == count;
    };
    if (count > most_hosts || !fits(names) || !fits(addresses) || !fits(ports)) {
        return trouble("the connection string has lists of hosts and ports that do not fit");
    }
    std::vector<connection_options> hosts;
    for (std::size_t i = 0; i < count; ++i) {
        connection_options one = *given;
        one["host"] = secret(part_of(names, i));
        one["hostaddr"] = secret(part_of(addresses, i));
        one["port"] = secret(part_of(ports, i));
        std::erase_if(one, [](const auto& option) { return option.second.empty(); });
        if (auto tls = require_tls(one, settings.tls_off); !tls) {
            return tls.error();
        }
        enforce(one, settings);
        hosts.push_back(std::move(one));
    }
    return hosts;
}

pg_outcome<std::vector<connection_options>> addresses_of(const connection_options& host) {
    const std::string name(value_of(host, "host"));
    if (host.contains("hostaddr") || is_socket(name)) {
        return std::vector{host};
    }
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int failed = ::getaddrinfo(name.c_str(), nullptr, &wanted, &list);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> found(list, &::freeaddrinfo);
    if (failed != 0) {
        return pg_error{
            .kind = error_kind::lost,
            .reason = reason_of(name + " cannot be resolved: " + ::gai_strerror(failed), {})
        };
    }
    std::vector<connection_options> addresses;
    for (const addrinfo* one = found.get(); one != nullptr; one = one->ai_next) {
        std::array<char, INET6_ADDRSTRLEN + 32> text{};
        const int unnamed = ::getnameinfo(
            one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST
        );
        if (unnamed == 0) {
            addresses.push_back(host);
            addresses.back()["hostaddr"] = secret(text.data());
        }
    }
    return addresses;
}

}  // namespace gateway::journal::postgres
