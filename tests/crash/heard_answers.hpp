#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "random_wishes.hpp"
#include "tests/flow/http_call.hpp"

// What a caller of the random run heard about its wish.

namespace gateway::crash {

struct told {
    unsigned status = 0;
    std::string id;     // empty: the wish was not taken up
    std::string state;  // likewise
    std::string problem;
    std::string result;  // JSON text
    std::chrono::steady_clock::time_point asked_at;
    std::chrono::steady_clock::time_point heard_at;
    std::string asked_at_text;  // as the simulator writes times
    std::string heard_at_text;
};

// Nothing that can be understood: status 0.
told read_answer(const flow::answer& from, std::chrono::steady_clock::time_point asked_at);

struct story {
    wish what;
    std::vector<told> heard;  // in the order heard

    // The last state it was told, or empty.
    std::string last_state() const;
    bool settled() const;
};

bool is_final(const std::string& state);

// Each sentence a contradiction within what was told (contract §3: an id stays, a final answer
// stands unless it is `failed` and was asked for again).
std::vector<std::string> contradictions_in(const story& of);

}  // namespace gateway::crash
