#include "redemption/rules/one_shot_window.hpp"

#include <cmath>

namespace gateway::redemption {
namespace {

// A steady load has as many calls under way as are answered within the length of one.
constexpr double ample = 2;

}  // namespace

void one_shot_window::on_answer(length usual, time now) {
    answered_ = answered_within(usual, now) + 1;
    counted_at_ = now;
}

std::size_t one_shot_window::most(std::size_t few, length usual, time now) const {
    return few + static_cast<std::size_t>(ample * answered_within(usual, now));
}

double one_shot_window::answered_within(length usual, time now) const {
    const length passed = now - counted_at_;
    return usual.count() > 0 ? answered_ * std::exp(-passed / usual) : 0;
}

}  // namespace gateway::redemption
