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

// Looks at secret and certificate files every few seconds, and at once when told. Files are read on
// a worker; what was found is put to use on the loop.
class key_watch {
public:
    // One set of files that belong together. Called on a worker, never twice at a time: gives what
    // to do on the loop about a change, or nothing if the content is as it was. The content counts,
    // not the file's time: Kubernetes swaps a symlink.
    using look = std::function<std::function<void()>()>;

    // `workers` must outlive the watch.
    key_watch(
        const boost::asio::any_io_executor& loop,
        boost::asio::thread_pool& workers,
        std::chrono::milliseconds pause
    );

    void add(look what) { looks_.push_back(std::move(what)); }
    // Runs until stop().
    boost::asio::awaitable<void> run();
    void look_now();
    void stop();

private:
    boost::asio::awaitable<void> look_at_all();

    boost::asio::steady_timer timer_;
    boost::asio::thread_pool& workers_;
    std::chrono::milliseconds pause_;
    std::vector<look> looks_;
    bool hurried_ = false;
    bool stopped_ = false;
};

// A look at files whose content has the digest `known` at first: `digest()` tells it again,
// `read()` reads what has changed into a value with a member `files`, `changed(value)` puts it to
// use.
template <class Digest, class Read, class Changed>
key_watch::look look_for_change(
    text::sha256_digest known, Digest digest, Read read, Changed changed
) {
    return [known, digest, read, changed]() mutable -> std::function<void()> {
        if (digest() == known) {
            return {};
        }
        auto reading = read();
        known = reading.files;
        return [changed, reading = std::move(reading)]() mutable {
            changed(std::move(reading));
        };
    };
}

}  // namespace gateway::server
