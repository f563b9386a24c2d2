#pragma once

namespace gateway::base {

// What the loop's thread and the workers ask of Linux where they share a processor. Requests only:
// where they are not granted (an old kernel, a seccomp profile) things go on as before.

// Who goes first where there are fewer processors than work: the loop, then whom many requests wait
// for together, then who computes for one of them.
enum class rank { shared_work = 5, single_work = 10 };
// Puts the calling thread, and those it starts from now on, so far behind the process's first.
void give_way(rank to) noexcept;
// The calling thread works in short turns, so that it is let in soon after it became ready.
void take_short_turns() noexcept;

}  // namespace gateway::base
