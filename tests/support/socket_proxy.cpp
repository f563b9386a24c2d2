#include "tests/support/socket_proxy.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <functional>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace gateway::support {
namespace {

namespace fs = std::filesystem;

constexpr const char* socket_name = ".s.PGSQL.5432";

sockaddr_un address_of(const std::string& folder) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = folder + "/" + socket_name;
    if (path.size() >= sizeof(address.sun_path)) {
        throw std::runtime_error(path + " is too long for a socket");
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

int new_socket() {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        throw std::runtime_error("no socket for the proxy");
    }
    return fd;
}

int listen_in(const std::string& folder) {
    const int fd = new_socket();
    const auto address = address_of(folder);
    const auto* name = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(fd, name, sizeof(address)) != 0 || ::listen(fd, 16) != 0) {
        throw std::runtime_error("the proxy cannot listen");
    }
    return fd;
}

std::string temporary_folder() {
    std::string name = fs::temp_directory_path() / "gateway-proxy-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error("no folder for the proxy's socket");
    }
    return name;
}

struct relayed {
    int client = -1;
    int server = -1;
};

// False: one side has ended.
bool relay(int from, int to) {
    std::array<char, 65536> buffer;
    const auto got = ::recv(from, buffer.data(), buffer.size(), 0);
    if (got <= 0) {
        return false;
    }
    for (ssize_t sent = 0; sent < got;) {
        const auto some =
            ::send(to, buffer.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
        if (some <= 0) {
            return false;
        }
        sent += some;
    }
    return true;
}

void close_both(const relayed& pair) {
    ::close(pair.client);
    ::close(pair.server);
}

}  // namespace

struct socket_proxy::state {
    explicit state(std::string server_folder)
        : server(std::move(server_folder)),
          folder(temporary_folder()),
          listener(listen_in(folder)),
          wake(::eventfd(0, EFD_CLOEXEC)),
          thread([this] { run(); }) {}

    // Runs `change` on the proxy's thread and waits for it.
    void on_thread(std::function<void()> change) {
        std::promise<void> done;
        {
            const std::scoped_lock lock(mutex);
            changes.push_back([&] {
                change();
                done.set_value();
            });
        }
        const std::uint64_t one = 1;
        static_cast<void>(::write(wake, &one, sizeof(one)));
        done.get_future().wait();
    }

    void run() {
        while (!stopped) {
            std::vector<pollfd> waiting{{listener, POLLIN, 0}, {wake, POLLIN, 0}};
            for (const auto& pair : pairs) {
                waiting.push_back({hold_requests ? -1 : pair.client, POLLIN, 0});
                waiting.push_back({hold_answers ? -1 : pair.server, POLLIN, 0});
            }
            ::poll(waiting.data(), waiting.size(), -1);
            relay_ready(waiting);
            if (waiting[0].revents != 0) {
                accept_one();
            }
            if (waiting[1].revents != 0) {
                run_changes();
            }
        }
    }

    void relay_ready(const std::vector<pollfd>& waiting) {
        std::vector<relayed> left;
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            const auto& pair = pairs[i];
            const bool asked = waiting[2 + 2 * i].revents != 0;
            const bool answered = waiting[3 + 2 * i].revents != 0;
            const bool lives = (!asked || relay(pair.client, pair.server)) &&
                               (!answered || relay(pair.server, pair.client));
            if (lives) {
                left.push_back(pair);
            } else {
                close_both(pair);
            }
        }
        pairs = std::move(left);
    }

    void accept_one() {
        relayed pair{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), new_socket()};
        const auto address = address_of(server);
        if (::connect(pair.server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
            0) {
            close_both(pair);
            return;
        }
        pairs.push_back(pair);
    }

    void run_changes() {
        std::uint64_t count = 0;
        static_cast<void>(::read(wake, &count, sizeof(count)));
        std::vector<std::function<void()>> due;
        {
            const std::scoped_lock lock(mutex);
            due.swap(changes);
        }
        for (const auto& change : due) {
            change();
        }
    }

    void cut() {
        for (const auto& pair : pairs) {
            close_both(pair);
        }
        for (const int end : silent) {
            ::close(end);
        }
        pairs.clear();
        silent.clear();
    }

    void close_one_side(int relayed::* closed, int relayed::* kept) {
        for (const auto& pair : pairs) {
            ::close(pair.*closed);
            silent.push_back(pair.*kept);
        }
        pairs.clear();
    }

    std::string server;
    std::string folder;
    int listener;
    int wake;
    // Of the thread:
    std::vector<relayed> pairs;
    std::vector<int> silent;  // ends whose other side was closed
    bool hold_requests = false;
    bool hold_answers = false;
    bool stopped = false;

    std::mutex mutex;
    std::vector<std::function<void()>> changes;
    std::thread thread;
};

socket_proxy::socket_proxy(const std::string& server_folder)
    : state_(std::make_unique<state>(server_folder)) {}

socket_proxy::~socket_proxy() {
    state_->on_thread([this] {
        state_->cut();
        state_->stopped = true;
    });
    state_->thread.join();
    ::close(state_->listener);
    ::close(state_->wake);
    std::error_code ignored;
    fs::remove_all(state_->folder, ignored);
}

std::string socket_proxy::host() const {
    return state_->folder;
}

void socket_proxy::hold_requests() {
    state_->on_thread([this] { state_->hold_requests = true; });
}

void socket_proxy::hold_answers() {
    state_->on_thread([this] { state_->hold_answers = true; });
}

void socket_proxy::release() {
    state_->on_thread([this] { state_->hold_requests = state_->hold_answers = false; });
}

void socket_proxy::cut() {
    state_->on_thread([this] { state_->cut(); });
}

void socket_proxy::abandon_clients() {
    state_->on_thread([this] { state_->close_one_side(&relayed::server, &relayed::client); });
}

void socket_proxy::abandon_server() {
    state_->on_thread([this] { state_->close_one_side(&relayed::client, &relayed::server); });
}

}  // namespace gateway::support
