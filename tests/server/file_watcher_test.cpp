#include "server/app/file_watcher.hpp"

#include <gtest/gtest.h>

#include "server/app/account_keys.hpp"
#include "tests/server/secret_files.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::server {
namespace {

// Runs a watcher that calls `after_change` and stops after `expected` changes.
std::vector<std::vector<std::string>> watch(
    const config::account_settings& account,
    std::size_t expected,
    const std::function<void(std::size_t seen)>& after_change
) {
    boost::asio::thread_pool workers(1);
    std::vector<std::vector<std::string>> faults;
    support::run_coro([&](auto loop) -> boost::asio::awaitable<void> {
        file_watcher* self = nullptr;
        file_watcher files(loop, workers, std::chrono::hours(1));
        self = &files;
        files.add(check_for_change(
            {},
            [&] { return digest_of_files(account); },
            [&] { return read_keys(account); },
            [&](keys_reading reading) {
                EXPECT_EQ(reading.keys.has_value(), reading.faults.empty());
                faults.push_back(reading.faults);
                after_change(faults.size());
                if (faults.size() == expected) {
                    self->stop();
                } else {
                    self->check_now();
                }
            }
        ));
        files.check_now();
        co_await files.run();
    });
    return faults;
}

TEST(FileWatcher, AppliesEachChangeOnceGoodOrBad) {
    const support::secret_folder folder;
    const auto account = folder.taobao_account();
    const auto faults = watch(account, 3, [&](std::size_t seen) {
        folder.write("app_secret", seen == 1 ? "" : "fresh");
    });
    ASSERT_EQ(faults.size(), 3U);
    EXPECT_TRUE(faults[0].empty());
    EXPECT_FALSE(faults[1].empty());
    EXPECT_TRUE(faults[2].empty());
}

TEST(FileWatcher, AppliesNothingWhileTheFilesStayTheSame) {
    const support::secret_folder folder;
    const auto account = folder.taobao_account();
    boost::asio::thread_pool workers(1);
    int applied = 0;
    support::run_coro([&](auto loop) -> boost::asio::awaitable<void> {
        file_watcher files(loop, workers, std::chrono::milliseconds(1));
        files.add(check_for_change(
            digest_of_files(account),
            [&] { return digest_of_files(account); },
            [&] { return read_keys(account); },
            [&](const keys_reading&) { ++applied; }
        ));
        boost::asio::steady_timer soon(loop, std::chrono::milliseconds(50));
        soon.async_wait([&](auto) { files.stop(); });
        co_await files.run();
    });
    EXPECT_EQ(applied, 0);
}

}  // namespace
}  // namespace gateway::server
