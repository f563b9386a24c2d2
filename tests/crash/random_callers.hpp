#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "heard_answers.hpp"
#include "random_wishes.hpp"

namespace gateway::crash {

// The ports of the gateways that serve, which change with every restart. Any thread.
class gateway_address {
public:
    explicit gateway_address(std::size_t gateways = 1) : ports_(gateways) {}

    void set(std::uint16_t port, std::size_t gateway = 0);
    void clear(std::size_t gateway = 0);
    // The port of one that serves, chosen by `drawn`, once there is one; 0 if there is none by the
    // deadline.
    std::uint16_t wait(std::chrono::milliseconds limit, std::size_t drawn = 0) const;

private:
    std::size_t serving() const;

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::vector<std::uint16_t> ports_;  // 0: does not serve
};

// Callers that post wishes, repeat them with the same key, post one twice at once or hang up before
// the answer, and remember every answer. Each has its own thread and its own seed.
class random_callers {
public:
    // A caller gives an answer up after `patience`, and asks again.
    random_callers(
        std::size_t count,
        std::uint64_t seed,
        const gateway_address& where,
        std::chrono::seconds patience = std::chrono::seconds(30)
    );
    ~random_callers();
    random_callers(const random_callers&) = delete;
    random_callers& operator=(const random_callers&) = delete;

    std::uint64_t answers() const { return answers_; }
    // No new wishes: each caller repeats its wishes until they are settled or `limit` has passed,
    // and posts settled ones once more.
    std::vector<story> finish(std::chrono::milliseconds limit);

private:
    struct caller {
        generator random;
        std::vector<story> stories;
    };

    void work(caller& self);
    void pursue(caller& self, story& one, std::chrono::steady_clock::time_point until);
    void ask(caller& self, story& one);
    void ask_twice_at_once(story& one, std::size_t drawn);
    void hang_up(const story& one, std::size_t drawn);
    heard_answer post(const story& one, const std::string& prefer, std::size_t drawn);
    void finish_all(caller& self);

    const gateway_address& where_;
    const std::chrono::seconds patience_;
    wish_source wishes_;
    std::atomic<std::uint64_t> answers_ = 0;
    std::atomic<bool> finishing_ = false;
    std::atomic<std::chrono::steady_clock::time_point> end_;
    std::vector<caller> callers_;
    std::vector<std::thread> threads_;  // last: they use all of the above
};

}  // namespace gateway::crash
