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

// The port of the gateway, which changes with every restart.
class gateway_address {
public:
    void set(std::uint16_t port);
    void clear();
    // The port once there is one; 0 if there is none by the deadline.
    std::uint16_t wait(std::chrono::milliseconds limit) const;

private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::uint16_t port_ = 0;
};

// Callers that post wishes, repeat them with the same key, post one twice at once or hang up before
// the answer, and remember every answer. Each has its own thread and its own seed.
class random_callers {
public:
    random_callers(std::size_t count, std::uint64_t seed, const gateway_address& where);
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
    void ask_twice_at_once(story& one);
    void hang_up(const story& one);
    heard_answer post(const story& one, const std::string& prefer);
    void finish_all(caller& self);

    const gateway_address& where_;
    wish_source wishes_;
    std::atomic<std::uint64_t> answers_ = 0;
    std::atomic<bool> finishing_ = false;
    std::atomic<std::chrono::steady_clock::time_point> end_;
    std::vector<caller> callers_;
    std::vector<std::thread> threads_;  // last: they use all of the above
};

}  // namespace gateway::crash
