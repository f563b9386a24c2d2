#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <functional>
#include <utility>
#include <vector>

#include "text/sha256.hpp"

namespace gateway::server {

// Checks secret and certificate files every few seconds, and at once on check_now(). A worker reads
// the files; the loop applies their new content.
class file_watcher {
public:
    // Checks one set of files that belong together. Runs on a worker, never twice at a time;
    // returns what applies a change on the loop, or nothing if the content is the same. The content
    // counts, not the file's time: Kubernetes swaps a symlink.
    using check = std::function<std::function<void()>()>;

    // `workers` must outlive the watcher.
    file_watcher(
        const boost::asio::any_io_executor& loop,
        boost::asio::thread_pool& workers,
        std::chrono::milliseconds interval
    );

    void add(check what) { checks_.push_back(std::move(what)); }
    // Runs until stop().
    boost::asio::awaitable<void> run();
    void check_now();
    void stop();

private:
    boost::asio::awaitable<void> check_all();

    boost::asio::steady_timer timer_;
    boost::asio::thread_pool& workers_;
    std::chrono::milliseconds interval_;
    std::vector<check> checks_;
    bool check_requested_ = false;
    bool stopped_ = false;
};

// A check of files whose content has the digest `known` at first: `digest()` gives the current one,
// `read()` reads changed files into a value with a member `files`, `apply(value)` applies it.
template <class Digest, class Read, class Apply>
file_watcher::check check_for_change(
    text::sha256_digest known, Digest digest, Read read, Apply apply
) {
    return [known, digest, read, apply]() mutable -> std::function<void()> {
        if (digest() == known) {
            return {};
        }
        auto reading = read();
        known = reading.files;
        return [apply, reading = std::move(reading)]() mutable {
            apply(std::move(reading));
        };
    };
}

}  // namespace gateway::server
