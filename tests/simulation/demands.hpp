#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "redemption/platform_method.hpp"

namespace gateway::simulation {

// The demands of the platform, and of a host in its place, to be left alone, as one account of one
// process heard them, and whether its calls obey (docs/redemption-rules.md, Circuit breaker, Bans).
class demands {
public:
    // A call goes out. Its fault, if it may not.
    // Another account of the app may have shown that a doubted ban is over.
    std::optional<std::string> on_sent(
        const std::string& method, bool only_account, base::steady_time now
    );
    // True if that call tried a ban.
    bool on_ended(
        const std::string& method, const redemption::attempt_outcome& outcome, base::steady_time now
    );
    // An operator lifts them.
    void lift();

private:
    struct span {
        base::steady_time since{};
        base::steady_time until{};

        void extend(base::steady_time now, base::steady_time::duration length);
        bool holds(base::steady_time now) const;
    };
    struct ban {
        span closed;  // of a doubted one: until it may be tried
        bool doubted = false;
        bool tried = false;  // by a call that is under way
    };

    span left_alone_;
    std::map<std::string, ban> bans_;
};

}  // namespace gateway::simulation
