#pragma once

#include <cstdint>

#include "descriptor.hpp"

// Plain sockets on 127.0.0.1, none of them inherited by a child process.

namespace gateway::crash {

// Port 0: any free one. Throws std::runtime_error.
descriptor listen_on(std::uint16_t port, int backlog);
std::uint16_t port_of(const descriptor& socket);
// Blocks until connected; closed if refused.
descriptor connect_to(std::uint16_t port);
// Starts to connect and does not wait for the end of it.
descriptor begin_connect_to(std::uint16_t port);
void make_non_blocking(const descriptor& socket);
// Closes with a reset.
void reset(descriptor& socket);

// One end of a connection on 127.0.0.1, as the kernel lists it.
enum class tcp_phase { connecting, connected, other };
struct tcp_end {
    std::uint16_t own = 0;
    std::uint16_t peer = 0;
    tcp_phase phase = tcp_phase::other;
    std::uint32_t unread = 0;  // bytes received and not taken by the program
};
// Whether there is an end with port `own` (0: any) and a peer with port `peer` (0: any) that is in
// this phase and has nothing unread.
bool has_end(std::uint16_t own, std::uint16_t peer, tcp_phase phase);

}  // namespace gateway::crash
