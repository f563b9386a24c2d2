#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "random_wishes.hpp"
#include "heard_answers.hpp"

namespace gateway::crash {

// Where the gateway can be reached, which changes with every restart.
class gateway_address {
public:
    void is(std::uint16_t port);
    void is_gone();
    // The port once there is one; 0 if there is none by the deadline.
    std::uint16_t wait(std::chrono::milliseconds limit) const;

private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::uint16_t port_ = 0;
};

// Callers that wish, ask again with the same key, ask twice at once, leave without listening, and
// remember what they heard. Each has its own thread and its own seed.
class random_callers {
public:
    random_callers(std::size_t count, std::uint64_t seed, const gateway_address& where);
    ~random_callers();
    random_callers(const random_callers&) = delete;
    random_callers& operator=(const random_callers&) = delete;

    std::uint64_t answers() const { return answers_; }
    // No new wishes: each drives what it has to its end, until `limit` has passed, and asks once
    // more for what was settled.
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
    told post(const story& one, const std::string& prefer);
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
