#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "server/app_keys.hpp"

namespace gateway::server {

// Looks at the accounts' secret files every few seconds, and at once when told, and hands over what
// changed. The content is compared, not the file's time: Kubernetes swaps a symlink. Files are read
// on a worker; everything else happens on the loop.
class key_watch {
public:
    // The reading holds keys, or the faults that make the new files unusable; each change is told
    // once.
    using on_change = std::function<void(const std::string& account, keys_reading reading)>;

    // `workers` must outlive the watch.
    key_watch(
        boost::asio::any_io_executor loop,
        boost::asio::thread_pool& workers,
        std::chrono::milliseconds pause,
        on_change changed
    );

    // `known` is the digest of the files that the keys in use came from.
    void add(config::account_settings account, handlers::sha256_digest known);
    // Runs until stop().
    boost::asio::awaitable<void> run();
    void look_now();
    void stop();

private:
    struct watched {
        config::account_settings account;
        handlers::sha256_digest known;
    };

    boost::asio::awaitable<void> look();

    boost::asio::steady_timer timer_;
    boost::asio::thread_pool& workers_;
    std::chrono::milliseconds pause_;
    on_change changed_;
    std::vector<watched> accounts_;
    bool hurried_ = false;
    bool stopped_ = false;
};

}  // namespace gateway::server
