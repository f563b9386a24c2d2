#include "wire_proxy.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cerrno>

#include "loopback.hpp"

namespace gateway::crash {
namespace {

constexpr int listen_backlog = 128;
constexpr std::size_t links_kept = 64;

std::size_t more(std::size_t passed, std::size_t allowance) {
    return allowance == wire_proxy::everything ? allowance : passed + allowance;
}

}  // namespace

wire_proxy::wire_proxy(std::uint16_t platform_port)
    : platform_port_(platform_port),
      listener_(listen_on(0, listen_backlog)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    port_ = port_of(listener_);
    make_non_blocking(listener_);
    thread_ = std::thread([this] { run(); });
}

wire_proxy::~wire_proxy() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake();
    thread_.join();
}

void wire_proxy::wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake_.get(), &one, sizeof one);
}

void wire_proxy::allow(std::size_t request_bytes, std::size_t answer_bytes) {
    {
        const std::lock_guard lock(mutex_);
        request_allowance_ = request_bytes;
        answer_allowance_ = answer_bytes;
        for (auto& one : links_) {
            one.request.allowed = more(one.request.passed, request_bytes);
            one.answer.allowed = more(one.answer.passed, answer_bytes);
        }
    }
    wake();
}

void wire_proxy::allow_later_connections(std::size_t request_bytes, std::size_t answer_bytes) {
    const std::lock_guard lock(mutex_);
    request_allowance_ = request_bytes;
    answer_allowance_ = answer_bytes;
}

void wire_proxy::cut() {
    {
        const std::lock_guard lock(mutex_);
        for (auto& one : links_) {
            reset(one.gateway);
            reset(one.platform);
        }
    }
    wake();
}

void wire_proxy::refuse_connections() {
    {
        const std::lock_guard lock(mutex_);
        listener_.close();
    }
    wake();
}

void wire_proxy::accept_connections() {
    {
        const std::lock_guard lock(mutex_);
        if (!listener_.open()) {
            listener_ = listen_on(port_, listen_backlog);
            make_non_blocking(listener_);
        }
    }
    wake();
}

std::vector<wire_proxy::link_view> wire_proxy::links() const {
    const std::lock_guard lock(mutex_);
    std::vector<link_view> views;
    for (const auto& one : links_) {
        views.push_back({
            .request = one.request.bytes,
            .request_passed = one.request.passed,
            .answer = one.answer.bytes,
            .answer_passed = one.answer.passed,
            .gateway_connected = one.gateway.open() && !one.request.ended,
            .held = one.request.held() || one.answer.held(),
            .due = one.request.may_pass() || one.answer.may_pass(),
        });
    }
    return views;
}

std::uint64_t wire_proxy::movements() const {
    const std::lock_guard lock(mutex_);
    return movements_;
}

bool wire_proxy::any_held() const {
    const std::lock_guard lock(mutex_);
    return std::any_of(links_.begin(), links_.end(), [](const link& one) {
        return one.gateway.open() && (one.request.held() || one.answer.held());
    });
}

void wire_proxy::run() {
    while (step()) {
    }
}

// Waits for something to happen anywhere and deals with it. False: stopping.
bool wire_proxy::step() {
    std::vector<pollfd> waiting;
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) {
            return false;
        }
        waiting.push_back({.fd = wake_.get(), .events = POLLIN, .revents = 0});
        waiting.push_back({.fd = listener_.get(), .events = POLLIN, .revents = 0});
        for (const auto& one : links_) {
            const auto events = [](const pipe& in, const pipe& out) {
                const int reading = in.ended ? 0 : POLLIN;
                const int writing = out.may_pass() ? POLLOUT : 0;
                return static_cast<short>(reading | writing);
            };
            waiting.push_back(
                {.fd = one.gateway.get(), .events = events(one.request, one.answer), .revents = 0}
            );
            waiting.push_back(
                {.fd = one.platform.get(), .events = events(one.answer, one.request), .revents = 0}
            );
        }
    }
    poll(waiting.data(), waiting.size(), -1);
    const std::lock_guard lock(mutex_);
    std::uint64_t woken = 0;
    [[maybe_unused]] const auto got = read(wake_.get(), &woken, sizeof woken);
    auto at = waiting.begin() + 2;
    for (auto& one : links_) {
        if (at == waiting.end()) {
            break;  // came after the wait began
        }
        serve(one, at->revents, (at + 1)->revents);
        at += 2;
    }
    accept_waiting();
    forget_closed();
    return true;
}

void wire_proxy::forget_closed() {
    std::erase_if(links_, [this](const link& one) {
        return links_.size() > links_kept && !one.gateway.open() && !one.platform.open();
    });
}

void wire_proxy::accept_waiting() {
    while (listener_.open()) {
        descriptor caller(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!caller.open()) {
            return;
        }
        ++movements_;
        auto platform = connect_to(platform_port_);
        if (!platform.open()) {
            reset(caller);
            continue;
        }
        make_non_blocking(platform);
        auto& added = links_.emplace_back();
        added.gateway = std::move(caller);
        added.platform = std::move(platform);
        added.request.allowed = request_allowance_;
        added.answer.allowed = answer_allowance_;
    }
}

void wire_proxy::serve(link& one, short gateway_events, short platform_events) {
    constexpr short incoming = POLLIN | POLLHUP | POLLERR;
    bool broken = false;
    if (one.gateway.open() && (gateway_events & incoming) != 0) {
        const bool alive = read_into(one.gateway, one.request);
        if (!alive) {
            one.gateway.close();
        }
    }
    if (one.platform.open() && (platform_events & incoming) != 0) {
        broken = !read_into(one.platform, one.answer);
    }
    if (one.platform.open() && !pass_on(one.request, one.platform)) {
        broken = true;
    }
    if (one.gateway.open() && !pass_on(one.answer, one.gateway)) {
        one.gateway.close();
    }
    if (broken) {
        reset(one.platform);
        reset(one.gateway);
    }
    // A gateway that died with bytes still held leaves the platform's end open: they may arrive
    // late.
    const bool nothing_to_come = one.request.end_passed && one.answer.end_passed;
    const bool nothing_left = !one.gateway.open() && !one.request.may_pass() && !one.request.held();
    if (nothing_to_come || nothing_left) {
        one.gateway.close();
        one.platform.close();
    }
}

// False: the connection is broken.
bool wire_proxy::read_into(descriptor& from, pipe& to) {
    if (to.ended) {
        return false;
    }
    char buffer[16 * 1024];
    const auto got = recv(from.get(), buffer, sizeof buffer, 0);
    if (got > 0) {
        to.bytes.append(buffer, static_cast<std::size_t>(got));
        return true;
    }
    to.ended = got == 0 || (errno != EAGAIN && errno != EINTR);
    return got == 0 || !to.ended;
}

// False: the connection is broken.
bool wire_proxy::pass_on(pipe& from, descriptor& to) {
    while (from.may_pass()) {
        const auto size = std::min(from.bytes.size(), from.allowed) - from.passed;
        const auto put = send(to.get(), from.bytes.data() + from.passed, size, MSG_NOSIGNAL);
        if (put < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        from.passed += static_cast<std::size_t>(put);
        ++movements_;
    }
    if (from.ended && !from.end_passed && from.passed == from.bytes.size()) {
        from.end_passed = true;
        shutdown(to.get(), SHUT_WR);
    }
    return true;
}

std::size_t complete_message(const std::string& bytes) {
    const auto head = bytes.find("\r\n\r\n");
    if (head == std::string::npos) {
        return 0;
    }
    std::string lower = bytes.substr(0, head);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    constexpr std::string_view name = "\r\ncontent-length:";
    const auto at = lower.find(name);
    const auto body = at == std::string::npos ? 0 : std::stoul(lower.substr(at + name.size()));
    const auto size = head + 4 + body;
    return bytes.size() >= size ? size : 0;
}

}  // namespace gateway::crash
