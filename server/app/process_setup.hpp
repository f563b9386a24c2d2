#pragma once

namespace gateway::server {

// Called before anything is opened: the next file opened would take the number of a standard stream
// that is closed, and receive the log. A reader of the log that goes away ends nothing either.
void guard_standard_streams() noexcept;

// Blocks SIGINT, SIGTERM and SIGHUP until listen_to_signals(). Without a handler they would end the
// process at once, or, in the first process of a container, be lost. Called before other threads
// start.
void hold_signals() noexcept;
void listen_to_signals() noexcept;

}  // namespace gateway::server
