#include "base/thread_priority.hpp"

#include <linux/sched/types.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace gateway::base {

namespace {

// Nanoseconds; the kernel's own is near 3 ms. Linux observes it from 6.12 on.
constexpr unsigned long long time_slice = 100'000;

}  // namespace

void lower_thread_priority(niceness_offset by) noexcept {
    // On Linux niceness belongs to a thread, and the process's is that of its first thread. At ten
    // more a thread gets a tenth of the processor.
    const int first = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::getpid()));
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), first + static_cast<int>(by));
}

void use_short_time_slices() noexcept {
    sched_attr now{};
    if (::syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) == 0 && now.sched_policy == 0) {
        now.sched_runtime = time_slice;
        ::syscall(SYS_sched_setattr, 0, &now, 0);
    }
}

}  // namespace gateway::base
