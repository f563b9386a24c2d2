#include "kill_points.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>

#include "eventually.hpp"

namespace gateway::crash {
namespace {

constexpr auto everything = wire_proxy::everything;

std::string post_text(const scene& s) {
    return "POST /v1/redemptions HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: " + s.key +
           "\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(s.body.size()) + "\r\n\r\n" + s.body;
}

// The peer's kernel has received everything, and its program has read it.
bool read_by_gateway(const scene& s, const descriptor& caller) {
    int unacknowledged = 0;
    ioctl(caller.get(), SIOCOUTQ, &unacknowledged);
    return unacknowledged == 0 && has_end(s.w.api_port, port_of(caller), tcp_phase::connected);
}

bool before_the_commit(scene& s) {
    s.start();
    const write_lock lock(s.w.folder / "journal.db");
    const auto caller = connect_to(s.w.api_port);
    const auto text = post_text(s);
    const auto sent = send(caller.get(), text.data(), text.size(), MSG_NOSIGNAL);
    const bool there = sent == static_cast<ssize_t>(text.size()) &&
                       eventually([&] { return read_by_gateway(s, caller); });
    s.w.kill_gateway();
    return there && !s.committed();
}

// A neighbour has the account's only permit, so no attempt may start.
bool committed(scene& s) {
    s.wire.allow(0, 0);
    s.start();
    s.w.post("neighbour", s.method.neighbour(), {{"Prefer", "respond-async"}});
    const bool blocked = s.request_held();
    const bool answered = s.post_and_leave() == 202;
    const auto row = s.committed();
    s.w.kill_gateway();
    return blocked && answered && row && row->attempts.empty();
}

// Connections are not answered: the queue of the listener is full.
struct unresponsive_port {
    descriptor listener = listen_on(0, 0);
    std::uint16_t port = port_of(listener);
    descriptor filler = connect_to(port);
};

bool stuck_in_connecting(scene& s, const unresponsive_port& silent) {
    s.start_towards(silent.port);
    s.begin_post();
    return eventually([&] { return has_end(0, silent.port, tcp_phase::connecting); });
}

bool before_connect(scene& s) {
    const unresponsive_port silent;
    const bool there = stuck_in_connecting(s, silent);
    const auto row = s.committed();
    s.w.kill_gateway();
    return there && row && row->attempts.size() == 1;
}

descriptor accept_from(const descriptor& listener) {
    return descriptor(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

// The gateway is stopped while its kernel completes the connection, so it cannot have written.
bool after_connect(scene& s) {
    const unresponsive_port silent;
    make_non_blocking(silent.listener);
    const bool stuck = stuck_in_connecting(s, silent);
    s.w.gateway->signal(SIGSTOP);
    const auto filler = accept_from(silent.listener);
    descriptor connected;
    const bool there = eventually([&] {
        connected = accept_from(silent.listener);
        return connected.open();
    });
    char byte = 0;
    const bool untouched = recv(connected.get(), &byte, 1, 0) < 0 && errno == EAGAIN;
    s.w.kill_gateway();
    return stuck && filler.open() && there && untouched;
}

bool half_written(scene& s) {
    s.wire.allow(0, 0);
    s.start();
    s.begin_post();
    const bool there = s.request_held();
    const auto half = s.request_size() / 2;
    s.wire.allow(half, 0);
    const bool passed = eventually([&] { return s.wire.links().front().request_passed == half; });
    s.w.kill_gateway();
    return there && passed;
}

bool written(scene& s) {
    s.wire.allow(0, 0);
    s.start();
    s.begin_post();
    const bool there = s.request_held();
    s.w.kill_gateway();
    return there;
}

bool executed(scene& s) {
    s.wire.allow(everything, 0);
    s.start();
    s.begin_post();
    const bool there = s.answer_held();
    s.w.kill_gateway();
    return there;
}

bool answer_half_read(scene& s) {
    s.wire.allow(everything, 0);
    s.start();
    s.begin_post();
    const bool there = s.answer_held();
    const auto half = s.answer_size() / 2;
    s.wire.allow(everything, half);
    const bool passed = eventually([&] { return s.wire.links().front().answer_passed == half; });
    const bool read = s.gateway_read_all();
    s.w.kill_gateway();
    return there && passed && read;
}

bool answer_read(scene& s) {
    s.wire.allow(everything, 0);
    s.start();
    s.begin_post();
    const bool there = s.answer_held();
    const write_lock lock(s.w.folder / "journal.db");
    const auto size = s.answer_size();
    s.wire.allow(everything, everything);
    const bool passed = eventually([&] { return s.wire.links().front().answer_passed == size; });
    const bool read = s.gateway_read_all();
    s.w.kill_gateway();
    const auto row = s.committed();
    return there && passed && read && row && !row->attempts.front().finished;
}

// The caller left before, so that no caller has the result.
bool result_committed(scene& s) {
    s.wire.allow(everything, 0);
    s.start();
    const bool answered = s.post_and_leave() == 202;
    const bool there = s.answer_held();
    s.wire.allow(everything, everything);
    const bool done = eventually([&] {
        const auto row = s.committed();
        return row && row->state != "pending";
    });
    s.w.kill_gateway();
    return answered && there && done;
}

bool answered(scene& s) {
    s.start();
    s.begin_post();
    s.caller.wait();
    s.w.kill_gateway();
    return true;
}

constexpr kill_point points[] = {
    {"before_the_commit", before_the_commit, 0, 1, 1, "succeeded", 1, 1},
    {"committed", committed, 0, 1, 1, "succeeded", 1, 1},
    {"before_connect", before_connect, 0, 1, 2, "unknown", 0, 0},
    {"after_connect", after_connect, 0, 1, 2, "unknown", 0, 0},
    {"half_written", half_written, 0, 1, 2, "unknown", 0, 0},
    {"written", written, 0, 1, 2, "unknown", 0, 0},
    {"written_and_arriving_late", written, 0, 2, 2, "unknown", 1, 1, true},
    {"executed", executed, 0, 2, 2, "unknown", 1, 1},
    {"answer_half_read", answer_half_read, 0, 2, 2, "unknown", 1, 1},
    {"answer_read", answer_read, 0, 2, 2, "unknown", 1, 1},
    {"result_committed", result_committed, 0, 1, 1, "succeeded", 1, 1},
    {"answered", answered, 200, 1, 1, "succeeded", 1, 1},
};

}  // namespace

std::span<const kill_point> kill_points() {
    return points;
}

}  // namespace gateway::crash
