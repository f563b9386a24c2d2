#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>

#include "net/byte_stream.hpp"
#include "net/pool_policy.hpp"
#include "net/probes.hpp"

namespace gateway::net {

// Carries out the decisions of pool_policy: owns the idle streams and resumes the waiters that are
// granted a connection. Loop thread only. Held by shared_ptr, because a lease may outlive the
// client when a loop is destroyed with requests on it.
class connection_pool : public std::enable_shared_from_this<connection_pool> {
public:
    class lease;

    // `probe` may be null; otherwise it lives until detach_probe() or as long as the pool.
    connection_pool(asio::any_io_executor loop, pool_limits limits, pool_probe* probe = nullptr);

    // A lease of one connection, or nothing if none became free before the deadline.
    asio::awaitable<std::optional<lease>> acquire(sending how, steady_time deadline);
    std::size_t open_connections() const noexcept { return policy_.open_connections(); }
    void close_idle() noexcept;
    void detach_probe() noexcept { probe_ = nullptr; }

private:
    struct waiter;

    void discard(const std::vector<connection_id>& connections);
    void release(connection_id connection, stream_ptr stream);
    void serve_waiters();
    void report_usage() const;
    lease make_lease(const pool_step& step);

    asio::any_io_executor loop_;
    pool_limits limits_;
    pool_policy policy_;
    pool_probe* probe_;
    std::map<connection_id, stream_ptr> idle_;
    std::map<ticket_id, waiter*> waiters_;  // owned by the frames of the pending acquire() calls
    ticket_id last_ticket_ = 0;
};

// The right to use one connection. Its destructor closes the connection unless keep() was called
// after a complete answer that allows another request.
class connection_pool::lease {
public:
    lease(std::shared_ptr<connection_pool> pool, connection_id id, stream_ptr stream);
    ~lease();
    lease(lease&& other) noexcept = default;
    lease& operator=(lease&&) = delete;

    // False: the holder opens the connection and passes it to attach().
    bool connected() const noexcept { return stream_ != nullptr; }
    // Replaces the connection; null drops it, so that another is opened in its place.
    void attach(stream_ptr stream) {
        stream_ = std::move(stream);
        reused_ = false;
    }
    byte_stream& stream() noexcept { return *stream_; }
    // The connection has carried a request before this lease.
    bool reused() const noexcept { return reused_; }
    void keep() noexcept { keep_ = true; }

private:
    std::shared_ptr<connection_pool> pool_;
    connection_id id_;
    stream_ptr stream_;
    bool reused_;
    bool keep_ = false;
};

}  // namespace gateway::net
