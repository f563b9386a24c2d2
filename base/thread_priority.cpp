#include "base/thread_priority.hpp"

#include <linux/sched/types.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace gateway::base {

namespace {

// Nanoseconds; the kernel's own is near 3 ms. Counts from Linux 6.12 on.
constexpr unsigned long long short_turn = 100'000;

}  // namespace

void give_way(rank to) noexcept {
    // On Linux niceness is a thread's own, and the process's number is its first thread's. Ten
    // more, and a thread counts a tenth.
    const int first = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::getpid()));
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), first + static_cast<int>(to));
}

void take_short_turns() noexcept {
    sched_attr now{};
    if (::syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) == 0 && now.sched_policy == 0) {
        now.sched_runtime = short_turn;
        ::syscall(SYS_sched_setattr, 0, &now, 0);
    }
}

}  // namespace gateway::base
