#pragma once

#include <chrono>
#include <cstddef>

namespace gateway::redemption {

// How many attempts that must not be repeated may be under way at once in front of one host, which
// may have stopped being the platform since its last answer (docs/redemption-rules.md, Circuit
// breaker): few, and twice as many as it answered within about the length of one call. So a steady
// load has all it needs, a burst after silence starts with few, and each round of answers lets more
// than twice as many go. Pure policy: time is an argument.
class one_shot_window {
public:
    using time = std::chrono::steady_clock::time_point;
    using length = std::chrono::duration<double>;

    // The platform answered a call; calls last as long as `usual`.
    void on_answer(length usual, time now);
    // A call came to nothing, or another host answered it.
    void on_fault() noexcept { answered_ = 0; }
    std::size_t most(std::size_t few, length usual, time now) const;

private:
    double answered_within(length usual, time now) const;

    double answered_ = 0;  // calls, the earlier ones fading
    time counted_at_{};
};

}  // namespace gateway::redemption
