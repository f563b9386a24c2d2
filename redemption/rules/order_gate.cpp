#include "redemption/rules/order_gate.hpp"

#include <algorithm>
#include <utility>

#include "redemption/engine/live_redemption.hpp"

namespace gateway::redemption {
namespace {

std::string scoped(const record& what, const order_key& order) {
    return what.account.str() + '\n' + order.str();
}

bool comes_before(const live_redemption* one, const live_redemption* other) {
    return std::pair(!one->leads, one->turn) < std::pair(!other->leads, other->turn);
}

}  // namespace

void order_gate::join(live_redemption& who) {
    who.turn = ++arrivals_;
    who.leads = false;
    for (const auto& order : who.what.orders) {
        stand(who, scoped(who.what, order));
    }
}

void order_gate::stand(live_redemption& who, const std::string& name) {
    if (std::find(who.lines.begin(), who.lines.end(), name) != who.lines.end()) {
        return;
    }
    auto& line = lines_[name];
    line.insert(std::upper_bound(line.begin(), line.end(), &who, comes_before), &who);
    who.lines.push_back(name);
}

void order_gate::link(live_redemption& who, const std::vector<order_key>& lines) {
    if (lines.empty()) {
        return;
    }
    const auto common = scoped(who.what, lines.front());
    stand(who, common);
    for (auto other = lines.begin() + 1; other != lines.end(); ++other) {
        const auto joined = lines_.find(scoped(who.what, *other));
        if (joined == lines_.end()) {
            continue;
        }
        for (auto* const one : joined->second) {
            stand(*one, common);
        }
    }
}

bool order_gate::its_turn(live_redemption& who) {
    const bool first = std::all_of(who.lines.begin(), who.lines.end(), [&](const auto& name) {
        return line_of(name).front() == &who;
    });
    if (!first) {
        return false;
    }
    who.leads = true;
    // Lines that became one may have had an attempt under way each.
    return std::all_of(who.lines.begin(), who.lines.end(), [&](const auto& name) {
        const auto& line = line_of(name);
        return std::none_of(line.begin(), line.end(), [&](const auto* other) {
            return other != &who && other->in_flight;
        });
    });
}

void order_gate::wake_next(const live_redemption& who) const {
    for (const auto& name : who.lines) {
        auto* const front = line_of(name).front();
        if (front != &who) {
            front->wake.notify();
        }
    }
}

void order_gate::leave(live_redemption& who) {
    for (const auto& name : std::exchange(who.lines, {})) {
        const auto line = lines_.find(name);
        std::erase(line->second, &who);
        if (line->second.empty()) {
            lines_.erase(line);
        } else {
            line->second.front()->wake.notify();
        }
    }
}

}  // namespace gateway::redemption
