#include "server/app/file_watcher.hpp"

#include <gtest/gtest.h>

#include "server/app/account_keys.hpp"
#include "tests/server/secret_files.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::server {
namespace {

// Runs a watch that does something with each change and stops after `expected` of them.
std::vector<std::vector<std::string>> watch(
    const config::account_settings& account,
    std::size_t expected,
    const std::function<void(std::size_t seen)>& after_change
) {
    boost::asio::thread_pool workers(1);
    std::vector<std::vector<std::string>> faults;
    support::run_coro([&](auto loop) -> boost::asio::awaitable<void> {
        key_watch* self = nullptr;
        key_watch keys(loop, workers, std::chrono::hours(1));
        self = &keys;
        keys.add(look_for_change(
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
                    self->look_now();
                }
            }
        ));
        keys.look_now();
        co_await keys.run();
    });
    return faults;
}

TEST(KeyWatch, TellsEachChangeOnceGoodOrBad) {
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

TEST(KeyWatch, SaysNothingWhileTheFilesStay) {
    const support::secret_folder folder;
    const auto account = folder.taobao_account();
    boost::asio::thread_pool workers(1);
    int told = 0;
    support::run_coro([&](auto loop) -> boost::asio::awaitable<void> {
        key_watch keys(loop, workers, std::chrono::milliseconds(1));
        keys.add(look_for_change(
            digest_of_files(account),
            [&] { return digest_of_files(account); },
            [&] { return read_keys(account); },
            [&](const keys_reading&) { ++told; }
        ));
        boost::asio::steady_timer soon(loop, std::chrono::milliseconds(50));
        soon.async_wait([&](auto) { keys.stop(); });
        co_await keys.run();
    });
    EXPECT_EQ(told, 0);
}

}  // namespace
}  // namespace gateway::server
