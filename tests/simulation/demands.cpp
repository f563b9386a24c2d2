#include "tests/simulation/demands.hpp"

#include <algorithm>
#include <utility>

namespace gateway::simulation {

using namespace redemption;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

// The numbers of the documents, not those of the code.
constexpr minutes longest_left_alone{5};
constexpr minutes tried_every{5};
// A call may have had its permit before the demand came, while the start of its attempt was being
// written, which a hanging disk makes long.
constexpr seconds permits_last{60};

}  // namespace

void demands::span::extend(base::steady_time now, base::steady_time::duration length) {
    if (now + length > until) {
        since = now < until ? since : now;
        until = now + length;
    }
}

bool demands::span::holds(base::steady_time now) const {
    return now > since + permits_last && now < until;
}

std::optional<std::string> demands::on_sent(
    const std::string& method, bool only_account, base::steady_time now
) {
    if (left_alone_.holds(now)) {
        return "sent though its host had asked to be left alone";
    }
    auto& of = bans_[method];
    if (of.closed.holds(now)) {
        return "sent though its method is banned";
    }
    if (of.doubted && now >= of.closed.until && std::exchange(of.tried, true) && only_account) {
        return "two calls at once try a ban";
    }
    return std::nullopt;
}

bool demands::on_ended(
    const std::string& method, const attempt_outcome& outcome, base::steady_time now
) {
    if (outcome.hold) {
        left_alone_.extend(
            now, std::min<base::steady_time::duration>(*outcome.hold, longest_left_alone)
        );
    }
    auto& of = bans_[method];
    const bool trial = std::exchange(of.tried, false);
    if (trial && outcome.phase == phase::answered && !outcome.transport_fault) {
        of.doubted = false;
    }
    if (outcome.ban) {
        of.doubted = of.doubted || outcome.ban_doubted;
        of.closed.extend(
            now, outcome.ban_doubted ? base::steady_time::duration(tried_every) : *outcome.ban
        );
    }
    return trial;
}

void demands::lift() {
    left_alone_ = {};
    bans_.clear();
}

}  // namespace gateway::simulation
