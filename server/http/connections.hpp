#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <string_view>

#include "net/byte_stream.hpp"
#include "net/http_server.hpp"
#include "net/memory_budget.hpp"
#include "redemption/patience.hpp"
#include "server/http/http_probe.hpp"

namespace gateway::server {

class open_connection;

struct connection_limits {
    std::size_t open = 10'000;
    std::size_t memory = 64 * 1024 * 1024;  // for requests and answers
};

// The open connections of one listener and what they may hold together. Those that only wait for
// the peer can be closed: to make room, or when the process drains. Loop thread only; outlives its
// open_connections.
class connections {
public:
    // `probe` must outlive this object.
    connections(std::string_view listener, connection_limits limits, http_probe& probe)
        : listener_(listener),
          limits_(limits),
          probe_(probe),
          memory_(limits.memory, [this] { probe_.connection_evicted(listener_); }) {}
    connections(const connections&) = delete;
    connections& operator=(const connections&) = delete;

    std::size_t size() const noexcept { return size_; }
    net::memory_budget& memory() noexcept { return memory_; }

    // True if there is a place for one more, if need be that of the one that has waited longest for
    // its peer, be it to send or to take an answer. False: every connection has a request at work.
    bool make_room() noexcept;

    // How late the loop came to a timer. Beyond what is bearable, the process is overloaded for
    // a while: then whoever is told to come again is not read before.
    void loop_lagged(std::chrono::nanoseconds late, std::chrono::steady_clock::time_point now);
    bool overloaded(std::chrono::steady_clock::time_point now) const noexcept {
        return now < overloaded_until_;
    }

    // More than a quarter of the connections have a request at work, or hold more than a quarter of
    // the memory.
    bool scarce() const noexcept {
        return working_.size() > limits_.open / 4 || memory_.used() > limits_.memory / 4;
    }
    // Looks whether those at work still have a peer that might send, some at a time, and tells the
    // presence of those that have not: nothing else does, as nobody reads from them now. To be
    // called again and again while places are scarce. Otherwise they are waited for: whether a peer
    // has left or has closed its sending side only and reads on shows when it is answered.
    void notice_hangups();
    // From now on answers close their connection.
    void close_after_answers() noexcept { closing_ = true; }
    bool closing() const noexcept { return closing_; }
    // Those that are open now end: between two requests at once, as does who has just connected;
    // else with their next answer.
    void end_earlier() noexcept;
    // Closes the connections between two requests; those whose answer is still on its way come
    // there later and are to look at closes_idle(). A request that has begun to come in deserves
    // its answer, and who has just connected is about to ask.
    void close_idle(std::chrono::steady_clock::time_point now) noexcept;
    bool closes_idle() const noexcept { return closes_idle_; }
    // Closes all that wait for their peer, also in the middle of a request or an answer.
    void close_waiting() noexcept;
    // Closes the others as well; what their requests have begun goes on.
    void close_all() noexcept;

private:
    friend class open_connection;

    // But for those that have connected since then and not asked.
    void close_between_requests(std::chrono::steady_clock::time_point since) noexcept;

    std::string_view listener_;
    connection_limits limits_;
    http_probe& probe_;
    net::memory_budget memory_;
    std::list<open_connection*> waiting_;  // who has waited longest stands first
    std::list<open_connection*> working_;
    std::size_t size_ = 0;
    std::chrono::steady_clock::time_point overloaded_until_{};
    unsigned generation_ = 0;  // of those that are opened now
    bool closing_ = false;
    bool closes_idle_ = false;
};

// One session's place among them; lives in the session.
class open_connection {
public:
    explicit open_connection(connections& all);
    ~open_connection();
    open_connection(const open_connection&) = delete;
    open_connection& operator=(const open_connection&) = delete;

    // `stream` only waits for its peer now, in the middle of a request if `reader` says so: others
    // may close it. Both must live until gone() or until others take their place.
    void waits(net::byte_stream& stream, const net::request_reader* reader = nullptr);
    // It waits for its peer to take an answer: others may close it, but not for being idle.
    void writes(net::byte_stream& stream);
    // It has a request at work; `present`, which must live as long, is to hear if the peer hangs
    // up.
    void works(net::byte_stream& stream, redemption::presence& present);
    void gone() noexcept;
    // It was open when all those were to end.
    bool ends() const noexcept { return generation_ != all_.generation_; }

private:
    friend class connections;

    void stand_in(std::list<open_connection*>& list, net::byte_stream& stream);
    bool idle() const noexcept;
    bool about_to_ask(std::chrono::steady_clock::time_point since) const noexcept {
        return !asked_ && since_ > since;
    }
    // Gives the place away.
    void close() noexcept;

    connections& all_;
    net::byte_stream* stream_ = nullptr;
    const net::request_reader* reader_ = nullptr;
    std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
    unsigned generation_ = all_.generation_;
    bool asked_ = false;  // it has had a request
    bool writing_ = false;
    redemption::presence* present_ = nullptr;      // while at work
    std::list<open_connection*>* list_ = nullptr;  // the one it stands in, if any
    std::list<open_connection*>::iterator at_;
    bool counted_ = true;
};

}  // namespace gateway::server
