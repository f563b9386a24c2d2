#pragma once

namespace gateway::server {

// Before anything is opened: where a standard stream is closed, what is opened next would take its
// place and get the log's lines. And whoever reads the log may go away; that ends nothing.
void guard_standard_streams() noexcept;

// SIGINT, SIGTERM and SIGHUP wait until listen_to_signals(). Before somebody listens they would end
// the process at once, or, as the first process of a container, be lost. To be called before there
// are other threads.
void hold_signals() noexcept;
void listen_to_signals() noexcept;

}  // namespace gateway::server
