#include "loopback.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace gateway::crash {
namespace {

// As /proc/net/tcp numbers them.
constexpr unsigned established = 1;
constexpr unsigned syn_sent = 2;

sockaddr_in local(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

const sockaddr* generic(const sockaddr_in& address) {
    return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

descriptor make_socket() {
    descriptor made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!made.open()) {
        throw std::runtime_error(std::string("socket: ") + std::strerror(errno));
    }
    return made;
}

// "0100007F:1F90"
std::uint16_t port_in(const std::string& text) {
    return static_cast<std::uint16_t>(std::stoul(text.substr(text.find(':') + 1), nullptr, 16));
}

tcp_phase phase_in(const std::string& text) {
    const auto number = std::stoul(text, nullptr, 16);
    if (number == established) {
        return tcp_phase::connected;
    }
    return number == syn_sent ? tcp_phase::connecting : tcp_phase::other;
}

std::vector<tcp_end> tcp_ends() {
    std::vector<tcp_end> ends;
    std::ifstream table("/proc/net/tcp");
    std::string line;
    std::getline(table, line);
    while (std::getline(table, line)) {
        std::istringstream words(line);
        std::string number;
        std::string own;
        std::string peer;
        std::string state;
        std::string queues;
        words >> number >> own >> peer >> state >> queues;
        ends.push_back({
            .own = port_in(own),
            .peer = port_in(peer),
            .phase = phase_in(state),
            .unread = static_cast<std::uint32_t>(
                std::stoul(queues.substr(queues.find(':') + 1), nullptr, 16)
            ),
        });
    }
    return ends;
}

}  // namespace

descriptor listen_on(std::uint16_t port, int backlog) {
    auto listener = make_socket();
    const int yes = 1;
    setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const auto address = local(port);
    if (bind(listener.get(), generic(address), sizeof address) != 0 ||
        listen(listener.get(), backlog) != 0) {
        throw std::runtime_error(std::string("listen: ") + std::strerror(errno));
    }
    return listener;
}

std::uint16_t port_of(const descriptor& socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(socket.get(), static_cast<sockaddr*>(static_cast<void*>(&address)), &size);
    return ntohs(address.sin_port);
}

descriptor connect_to(std::uint16_t port) {
    auto made = make_socket();
    const auto address = local(port);
    if (connect(made.get(), generic(address), sizeof address) != 0) {
        made.close();
    }
    return made;
}

descriptor begin_connect_to(std::uint16_t port) {
    auto made = make_socket();
    make_non_blocking(made);
    const auto address = local(port);
    [[maybe_unused]] const int pending = connect(made.get(), generic(address), sizeof address);
    return made;
}

void make_non_blocking(const descriptor& socket) {
    fcntl(socket.get(), F_SETFL, fcntl(socket.get(), F_GETFL) | O_NONBLOCK);
}

void reset(descriptor& socket) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket.close();
}

bool has_end(std::uint16_t own, std::uint16_t peer, tcp_phase phase) {
    for (const auto& end : tcp_ends()) {
        if ((own == 0 || end.own == own) && (peer == 0 || end.peer == peer) && end.phase == phase &&
            end.unread == 0) {
            return true;
        }
    }
    return false;
}

}  // namespace gateway::crash
