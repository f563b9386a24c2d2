#include "tests/simulator/program.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "tests/simulator/requests.hpp"

namespace simulator::test {

namespace {

constexpr int socket_timeout_seconds = 10;

class descriptor {
public:
    explicit descriptor(int number) : number_(number) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    int number() const noexcept { return number_; }

private:
    int number_;
};

std::string read_line(int from) {
    std::string line;
    char c = 0;
    while (::read(from, &c, 1) == 1 && c != '\n') {
        line.push_back(c);
    }
    return line;
}

int connect_to(std::uint16_t port, int socket) {
    const timeval timeout{socket_timeout_seconds, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(socket, reinterpret_cast<const sockaddr*>(&where), sizeof where);
}

}  // namespace

program::program(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), std::string(GATEWAY_BIN_DIR) + "/platform-simulator");
    std::vector<char*> pointers;
    for (std::string& one : arguments) {
        pointers.push_back(one.data());
    }
    pointers.push_back(nullptr);
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    const descriptor out(ends[0]);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_addclose(&actions, ends[0]);
    const int failed =
        ::posix_spawn(&child_, pointers[0], &actions, nullptr, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    EXPECT_EQ(failed, 0);
    const std::string line = read_line(out.number());
    const std::string expected = "listening on 127.0.0.1:";
    EXPECT_TRUE(line.starts_with(expected)) << line;
    if (line.starts_with(expected)) {
        port_ = static_cast<std::uint16_t>(std::stoul(line.substr(expected.size())));
    }
}

program::~program() {
    if (child_ > 0) {
        stop();
    }
}

int program::stop() {
    int status = 0;
    ::kill(child_, SIGTERM);
    ::waitpid(child_, &status, 0);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string wire_answer::status_line() const {
    return bytes.substr(0, bytes.find("\r\n"));
}

std::string wire_answer::body() const {
    const std::size_t blank = bytes.find("\r\n\r\n");
    return blank == std::string::npos ? std::string{} : bytes.substr(blank + 4);
}

std::string http_text(const gateway::net::http_request& request) {
    std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: simulator\r\n";
    for (const auto& field : request.headers) {
        text += field.name + ": " + field.value + "\r\n";
    }
    text += "Connection: close\r\nContent-Length: " + std::to_string(request.body.size());
    return text + "\r\n\r\n" + request.body;
}

wire_answer send_raw(std::uint16_t port, std::string_view text) {
    wire_answer answer;
    const descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect_to(port, socket.number()) != 0) {
        answer.error = errno;
        return answer;
    }
    if (::send(socket.number(), text.data(), text.size(), MSG_NOSIGNAL) < 0) {
        answer.error = errno;
        return answer;
    }
    std::array<char, 4096> buffer{};
    ssize_t got = 0;
    while ((got = ::recv(socket.number(), buffer.data(), buffer.size(), 0)) > 0) {
        answer.bytes.append(buffer.data(), static_cast<std::size_t>(got));
    }
    answer.error = got < 0 ? errno : 0;
    return answer;
}

wire_answer send_request(std::uint16_t port, const gateway::net::http_request& request) {
    return send_raw(port, http_text(request));
}

boost::json::object control_call(
    std::uint16_t port, std::string_view method, std::string_view path, std::string body
) {
    gateway::net::http_request request;
    request.method = method;
    request.target = path;
    request.body = std::move(body);
    const wire_answer answer = send_request(port, request);
    EXPECT_EQ(answer.error, 0);
    return json_of(answer.body());
}

}  // namespace simulator::test
