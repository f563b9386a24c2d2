// The platform as several processes reach it: what has left a process arrives, whatever becomes of
// that process.
#include <algorithm>

#include "tests/simulation/platform.hpp"
#include "tests/simulation/simulated_fellows.hpp"

namespace gateway::simulation {

using namespace redemption;
using std::chrono::milliseconds;

boost::asio::awaitable<attempt_outcome> simulated_account::attempt_beside_others(
    attempt_request request
) {
    auto& of = scenario_.wishes.at(std::stoul(std::string(request.params->reveal())));
    const auto timer = time_.make_timer();
    const auto whole = std::min(scenario_.up_to(scenario_.settings.slowest_attempt), request.limit);
    co_await base::wait_for(*timer, time_.now() + scenario_.up_to(whole / 4));  // it connects
    if (!request.send_by) {
        scenario_.broke("an attempt may be sent at any time, beside other processes");
        co_return attempt_outcome{};
    }
    if (time_.since_boot() >= request.send_by()) {
        scenario_.note("platform", name_.str(), " is not sent ", of.number, ": its lease is over");
        scenario_.reached.count(seen::lease_over_before_send);
        attempt_outcome made;
        made.detail = base::fixed_text("its lease is over");
        co_return made;
    }
    scenario_.note("platform", process_, " sends ", of.number, " to ", name_.str());
    judge_.on_send(process_, of, request, side_.identity.str());
    if (++at_once_ > scenario_.settings.limits.in_flight) {
        scenario_.broke("more attempts in flight than allowed");
    }
    const auto what = draw_reaction();
    begin(of, request, what);
    // Nothing is under way any more when the lease is over (docs/decisions/0018).
    const auto way = std::min<milliseconds>(whole / 2, simulated_fellows::margin);
    const auto came = std::make_shared<std::optional<attempt_outcome>>();
    leave_for_platform(what, of, request.ambiguous_before, way, came);
    co_await base::wait_for(*timer, time_.now() + std::max(whole, way + milliseconds(1)));
    co_return ended(request, of, std::move(*came));
}

void simulated_account::leave_for_platform(
    reaction what,
    wish& of,
    bool ambiguous_before,
    milliseconds way,
    std::shared_ptr<std::optional<attempt_outcome>> came
) {
    ++of.executes_later;
    ++of.on_way;
    scenario_.later(way, [self = shared_from_this(), what, ambiguous_before, &of, came] {
        --of.executes_later;
        --of.on_way;
        if (what != reaction::thrown) {
            *came = self->react(what, of, ambiguous_before);
        } else if (self->scenario_.random.per_mille(500)) {
            self->execute(of, ambiguous_before);
        }
    });
}

}  // namespace gateway::simulation
