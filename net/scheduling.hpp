#pragma once

namespace gateway::net {

// What the loop's thread and the workers ask of Linux where they share a processor. Requests only:
// where they are not granted (an old kernel, a seccomp profile) things go on as before.

// The calling thread computes, and others may go first.
void give_way() noexcept;
// The calling thread works in short turns, so that it is let in soon after it became ready.
void take_short_turns() noexcept;

}  // namespace gateway::net
