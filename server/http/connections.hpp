#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <string_view>

#include "net/byte_stream.hpp"
#include "net/http_server.hpp"
#include "net/memory_budget.hpp"
#include "redemption/caller_wait.hpp"
#include "server/http/http_probe.hpp"

namespace gateway::server {

class open_connection;

struct connection_limits {
    std::size_t open = 10'000;
    std::size_t memory = 64 * 1024 * 1024;  // for requests and answers
};

// The open connections of one listener and the memory they may hold together. A connection that
// only waits for its peer may be closed: for another one, or when the process drains. Loop thread
// only; outlives its open_connections.
class connections {
public:
    // `probe` must outlive this object.
    connections(base::fixed_text listener, connection_limits limits, http_probe& probe)
        : listener_(listener),
          limits_(limits),
          probe_(probe),
          memory_(limits.memory, [this] { probe_.connection_evicted(listener_); }) {}
    connections(const connections&) = delete;
    connections& operator=(const connections&) = delete;

    std::size_t size() const noexcept { return size_; }
    net::memory_budget& memory() noexcept { return memory_; }

    // True if one more connection may open; if need be, evicts the one that has waited longest for
    // its peer, to send or to take an answer. False: every connection has a request at work.
    bool admit() noexcept;

    // How late the loop came to a timer. Beyond a bound the process counts as overloaded for a
    // while: then a connection is not read again before the Retry-After of its last answer.
    void loop_lagged(std::chrono::nanoseconds late, std::chrono::steady_clock::time_point now);
    bool overloaded(std::chrono::steady_clock::time_point now) const noexcept {
        return now < overloaded_until_;
    }

    // More than a quarter of the connections have a request at work, or hold more than a quarter of
    // the memory.
    bool scarce() const noexcept {
        return working_.size() > limits_.open / 4 || memory_.used() > limits_.memory / 4;
    }
    // Checks some of the connections with a request at work for peers that have closed their
    // sending side, and tells the caller_connection of each: nothing else notices, as such a
    // connection is not read. Called periodically while connections are scarce. Otherwise the
    // request is waited for: only the answer shows whether the peer has left or still reads.
    void detect_hangups();
    // From now on answers close their connection.
    void close_after_answers() noexcept { closing_ = true; }
    bool closing() const noexcept { return closing_; }
    // Ends the connections that are open now: at once those between two requests or without a first
    // one, the others with their next answer.
    void end_existing() noexcept;
    // Closes the connections between two requests; a connection that is being answered gets there
    // later and checks closes_idle(). A request that has begun to arrive gets its answer, and a
    // fresh connection is about to send one.
    void close_idle(std::chrono::steady_clock::time_point now) noexcept;
    bool closes_idle() const noexcept { return closes_idle_; }
    // Closes all connections that wait for their peer, also in the middle of a request or an
    // answer.
    void close_waiting() noexcept;
    // Closes the others as well; what their requests have begun goes on.
    void close_all() noexcept;

private:
    friend class open_connection;

    // Except connections opened after `since` that have sent no request yet.
    void close_between_requests(std::chrono::steady_clock::time_point since) noexcept;

    base::fixed_text listener_;
    connection_limits limits_;
    http_probe& probe_;
    net::memory_budget memory_;
    std::list<open_connection*> waiting_;  // the longest wait first
    std::list<open_connection*> working_;
    std::size_t size_ = 0;
    std::chrono::steady_clock::time_point overloaded_until_{};
    unsigned generation_ = 0;  // of connections that open now
    bool closing_ = false;
    bool closes_idle_ = false;
};

// One session's entry among them; lives in the session.
class open_connection {
public:
    explicit open_connection(connections& all);
    ~open_connection();
    open_connection(const open_connection&) = delete;
    open_connection& operator=(const open_connection&) = delete;

    // `stream` waits for its peer to send, in the middle of a request if `reader` says so, and may
    // be evicted. Both must live until the next of these calls.
    void begin_reading(net::byte_stream& stream, const net::request_reader* reader = nullptr);
    // `stream` waits for its peer to take an answer and may be evicted, but is not idle.
    void begin_writing(net::byte_stream& stream);
    // A request is at work; `caller`, which must live as long, is notified when the peer hangs up.
    void begin_work(net::byte_stream& stream, redemption::caller_connection& caller);
    // From now on it is neither evicted nor closed.
    void remove() noexcept;
    // end_existing() was called since it opened.
    bool must_end() const noexcept { return generation_ != all_.generation_; }

private:
    friend class connections;

    void move_to(std::list<open_connection*>& list, net::byte_stream& stream);
    bool idle() const noexcept;
    bool expects_first_request(std::chrono::steady_clock::time_point since) const noexcept {
        return !had_request_ && opened_ > since;
    }
    // Closes the stream; another connection may open at once.
    void close() noexcept;

    connections& all_;
    net::byte_stream* stream_ = nullptr;
    const net::request_reader* reader_ = nullptr;
    std::chrono::steady_clock::time_point opened_ = std::chrono::steady_clock::now();
    unsigned generation_ = all_.generation_;
    bool had_request_ = false;
    bool writing_ = false;
    redemption::caller_connection* caller_ = nullptr;  // while at work
    std::list<open_connection*>* list_ = nullptr;      // the one that has it, if any
    std::list<open_connection*>::iterator at_;
    bool counted_ = true;
};

}  // namespace gateway::server
