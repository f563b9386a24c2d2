#pragma once

namespace gateway::base {

// How the loop's thread and the workers share a processor. These are requests to Linux: without
// them (an old kernel, a seccomp profile) the threads run as before.

// Niceness above that of the process's first thread, which runs the loop. Threads whose result many
// requests await together precede those that compute for one request.
enum class niceness_offset { shared_work = 5, single_work = 10 };
// Sets the niceness of the calling thread and of the threads that it starts from now on. Repeated
// calls do not add up.
void lower_thread_priority(niceness_offset by) noexcept;
// Gives the calling thread short time slices, so that it runs soon after it became ready.
void use_short_time_slices() noexcept;

}  // namespace gateway::base
