#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "server/app/hardening.hpp"
#include "server/app/process_setup.hpp"
#include "server/observe/loop_lag.hpp"
#include "server/observe/process_usage.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::server {
namespace {

TEST(ProcessUsage, KnowsThisProcess) {
    const auto usage = read_process_usage();
    EXPECT_GT(usage.resident_bytes, 1'000'000U);
    EXPECT_GE(usage.virtual_bytes, usage.resident_bytes);
    EXPECT_GE(usage.open_files, 3U);
    EXPECT_GE(usage.max_files, usage.open_files);
    EXPECT_GT(usage.start_time_seconds, 1'500'000'000.0);
}

TEST(ProcessUsage, CountsFilesAsTheyAreOpened) {
    const auto before = read_process_usage().open_files;
    const std::ifstream one("/proc/self/status");
    ASSERT_TRUE(one.is_open());
    EXPECT_EQ(read_process_usage().open_files, before + 1);
}

TEST(ProcessUsage, MayOpenAsManyFilesAsPermitted) {
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    const rlimit lowered{64, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &lowered);
    raise_file_limit();
    EXPECT_EQ(read_process_usage().max_files, before.rlim_max);
    setrlimit(RLIMIT_NOFILE, &before);
}

// In a process of its own: it can't be taken back.
TEST(Hardening, LeavesNoCoreAndLetsNobodyLook) {
    const pid_t child = fork();
    if (child == 0) {
        const bool first = keep_memory_private();
        const bool done = keep_memory_private() && first;
        rlimit core{1, 1};
        getrlimit(RLIMIT_CORE, &core);
        const bool hidden = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
        _exit(done && hidden && core.rlim_cur == 0 && core.rlim_max == 0 ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(StandardStreams, AreTakenByNothingElse) {
    const pid_t child = fork();
    if (child == 0) {
        close(STDIN_FILENO);
        close(STDERR_FILENO);
        guard_standard_streams();
        const bool writable = write(STDERR_FILENO, "x", 1) == 1;
        const int next = open("/dev/null", O_RDONLY);
        _exit(writable && next > STDERR_FILENO ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(LoopLag, MeasuresUntilItIsStopped) {
    int measured = 0;
    support::run_coro([&](auto loop) -> boost::asio::awaitable<void> {
        loop_lag* self = nullptr;
        loop_lag lag(loop, [&](std::chrono::nanoseconds late) {
            EXPECT_GE(late.count(), 0);
            if (++measured == 2) {
                self->stop();
            }
        });
        self = &lag;
        co_await lag.run();
    });
    EXPECT_EQ(measured, 2);
}

}  // namespace
}  // namespace gateway::server
