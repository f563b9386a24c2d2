#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

// A fuzz target is a function that takes any bytes and throws when an invariant is broken.
// libFuzzer reports the exception as a crash, the corpus test as a failure.

namespace gateway::fuzz {

struct broken_invariant : std::logic_error {
    using std::logic_error::logic_error;
};

// `what` states the invariant.
inline void expect(bool holds, const char* what) {
    if (!holds) {
        throw broken_invariant(what);
    }
}

// Takes the first byte off the input: a choice a target lets the fuzzer make. Printable in the
// corpus. 0 at the end.
inline char take_choice(std::string_view& input) noexcept {
    if (input.empty()) {
        return 0;
    }
    const char choice = input.front();
    input.remove_prefix(1);
    return choice;
}

#define FUZZ_TARGET(name) void name(std::string_view input);
#include "tests/fuzz/targets.def"
#undef FUZZ_TARGET

}  // namespace gateway::fuzz
