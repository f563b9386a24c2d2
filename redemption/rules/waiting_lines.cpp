#include "redemption/rules/waiting_lines.hpp"

#include <algorithm>

#include "redemption/engine/live_redemption.hpp"

namespace gateway::redemption {
namespace {

// Where `who` stands, or would.
template <class Asked>
auto place_in(Asked& asked, const live_redemption& who) {
    return std::lower_bound(
        asked.begin(),
        asked.end(),
        who.arrival,
        [](const auto* one, std::uint64_t arrival) { return one->arrival < arrival; }
    );
}

}  // namespace

void waiting_lines::join(live_redemption& who) {
    if (who.arrival == 0) {
        who.arrival = ++arrivals_;
    }
    if (!who.in_line) {
        who.in_line = true;
        ++lines_[who.what.method].size;
    }
}

void waiting_lines::ask(live_redemption& who) {
    join(who);
    if (!who.in_queue) {
        who.in_queue = true;
        auto& asked = lines_.at(who.what.method).asked;
        asked.insert(place_in(asked, who), &who);
    }
}

bool waiting_lines::step_back(live_redemption& who) {
    if (!who.in_queue) {
        return false;
    }
    who.in_queue = false;
    auto& asked = lines_.at(who.what.method).asked;
    const auto place = place_in(asked, who);
    const bool was_first = place == asked.begin();
    asked.erase(place);
    return was_first;
}

bool waiting_lines::leave(live_redemption& who) {
    if (!who.in_line) {
        return false;
    }
    const bool was_first = step_back(who);
    who.in_line = false;
    const auto at = lines_.find(who.what.method);
    if (--at->second.size == 0) {
        lines_.erase(at);
    }
    return was_first;
}

std::map<method_name, std::size_t> waiting_lines::sizes() const {
    std::map<method_name, std::size_t> all;
    for (const auto& [method, line] : lines_) {
        all.emplace(method, line.size);
    }
    return all;
}

bool waiting_lines::its_turn(const live_redemption& who, const is_open& open) const {
    return std::none_of(lines_.begin(), lines_.end(), [&](const auto& one) {
        const auto& [method, line] = one;
        return !line.asked.empty() && line.asked.front()->arrival < who.arrival && open(method);
    });
}

std::size_t waiting_lines::asked_before(const live_redemption& who, const is_open& open) const {
    std::size_t count = 0;
    for (const auto& [method, line] : lines_) {
        if (open(method)) {
            count += static_cast<std::size_t>(place_in(line.asked, who) - line.asked.begin());
        }
    }
    return count;
}

void waiting_lines::wake_first() const {
    for (const auto& [method, line] : lines_) {
        if (!line.asked.empty()) {
            line.asked.front()->wake.notify();
        }
    }
}

}  // namespace gateway::redemption
