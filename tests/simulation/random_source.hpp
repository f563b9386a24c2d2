#pragma once

#include <cstddef>
#include <cstdint>

namespace gateway::simulation {

// The one source of random of a run (SplitMix64): a copy of the seed repeats everything.
class random_source {
public:
    explicit random_source(std::uint64_t seed) : state_(seed) {}

    std::uint64_t bits() {
        auto mixed = state_ += 0x9e3779b97f4a7c15U;
        mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
        return mixed ^ (mixed >> 31U);
    }
    // From 0 to `limit` - 1.
    std::uint64_t below(std::uint64_t limit) { return bits() % limit; }
    std::uint64_t between(std::uint64_t first, std::uint64_t last) {
        return first + below(last - first + 1);
    }
    bool per_mille(unsigned odds) { return below(1000) < odds; }
    template <class T, std::size_t N>
    const T& one_of(const T (&all)[N]) {
        return all[below(N)];
    }

private:
    std::uint64_t state_;
};

}  // namespace gateway::simulation
