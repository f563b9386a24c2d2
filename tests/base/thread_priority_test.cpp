#include "base/thread_priority.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace gateway::base {
namespace {

int niceness(pid_t thread) {
    return ::getpriority(PRIO_PROCESS, static_cast<id_t>(thread));
}

TEST(ThreadPriority, IsLoweredOnceByTheOffsetAndInheritedByThreadsStartedLater) {
    constexpr int nicest = 19;
    const int first = niceness(::getpid());
    int itself = 0;
    int started = 0;
    std::thread([&] {
        lower_thread_priority(niceness_offset::shared_work);
        lower_thread_priority(niceness_offset::shared_work);
        itself = niceness(::gettid());
        std::thread([&] { started = niceness(::gettid()); }).join();
    }).join();
    EXPECT_EQ(itself, std::min(first + 5, nicest));
    EXPECT_EQ(started, itself);
    EXPECT_EQ(niceness(::getpid()), first) << "the first thread keeps its own";
}

}  // namespace
}  // namespace gateway::base
