#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "random_wishes.hpp"
#include "tests/flow/http_call.hpp"

// The answers that a caller of the random run received for its wish.

namespace gateway::crash {

struct heard_answer {
    unsigned status = 0;
    std::string id;     // empty: the wish was not accepted
    std::string state;  // likewise
    std::string problem;
    std::string result;  // JSON text
    std::chrono::steady_clock::time_point asked_at;
    std::chrono::steady_clock::time_point heard_at;
    std::string asked_at_text;  // as the simulator writes times
    std::string heard_at_text;
};

// An answer that can't be parsed gets status 0.
heard_answer read_answer(const flow::answer& from, std::chrono::steady_clock::time_point asked_at);

struct story {
    wish what;
    std::vector<heard_answer> heard;  // in the order heard

    // The state of the last answer that had one, or empty.
    std::string last_state() const;
    bool settled() const;
};

bool is_final(const std::string& state);

// Each sentence is a contradiction between two answers: an id never changes, and a final state
// never does, unless it is `failed` and the wish was repeated (docs/redemption-rules.md, States).
std::vector<std::string> contradictions_in(const story& of);

}  // namespace gateway::crash
