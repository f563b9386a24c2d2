// The disk of a process, and what its journal does.
#include <algorithm>

#include "tests/simulation/process.hpp"

namespace gateway::simulation {

using namespace redemption;
using std::chrono::milliseconds;

batch_plan process::next_batch(std::size_t) {
    const auto& how = scenario_.settings;
    batch_plan plan;
    plan.until_durable = scenario_.up_to(how.slowest_write);
    plan.until_answered = scenario_.up_to(how.slowest_write) / 2;
    if (!scenario_.trouble) {
        return plan;
    }
    if (cut_off()) {
        plan.what = batch_plan::outcome::refused;
        scenario_.reached.count(seen::database_lost);
    } else if (scenario_.random.per_mille(how.disk_refuses)) {
        plan.what = batch_plan::outcome::refused;
        scenario_.note("disk", "fails");
    } else if (scenario_.random.per_mille(how.disk_doubts)) {
        plan.what = scenario_.random.per_mille(500) ? batch_plan::outcome::doubtful
                                                    : batch_plan::outcome::answered_doubtful;
        scenario_.note("disk", "leaves a commit in doubt");
    } else if (up_ && scenario_.random.per_mille(how.disk_stuck)) {
        stuck_ = true;
        killed_at_ = time_.now() + scenario_.up_to(std::chrono::seconds(60));
        (scenario_.random.per_mille(500) ? plan.until_durable : plan.until_answered) =
            std::chrono::hours(24);
        scenario_.note("disk", "hangs for good");
    } else if (scenario_.random.per_mille(how.disk_hangs)) {
        auto& longer = scenario_.random.per_mille(500) ? plan.until_durable : plan.until_answered;
        longer += scenario_.up_to(std::chrono::seconds(8));
        scenario_.note("disk", "hangs");
    }
    return plan;
}

bool process::doubt_ends() {
    const bool ends =
        !scenario_.trouble || scenario_.random.per_mille(scenario_.settings.doubt_ends);
    if (ends) {
        scenario_.reached.count(seen::doubt_written_over);
        scenario_.note("disk", "writes over what was in doubt");
    }
    return ends;
}

std::pair<milliseconds, milliseconds> process::next_read() {
    if (scenario_.shared() && scenario_.random.per_mille(500)) {
        return {};
    }
    const auto most = std::min(scenario_.settings.slowest_write, milliseconds(100));
    return {scenario_.up_to(most), scenario_.up_to(most)};
}

bool process::read_fails() {
    return scenario_.trouble &&
           (cut_off() || scenario_.random.per_mille(scenario_.settings.read_fails));
}

void process::committed() {
    judge_.on_committed();
}

void process::settle_asked(const redemption_id& id) {
    if (scenario_.shared()) {
        scenario_.note("gateway", number_, " settles ", id.str());
    }
    judge_.on_settle_asked(number_, id);
}

void process::settled(const redemption_id& id, bool written) {
    if (written) {
        judge_.on_settled(number_, id);
    } else {
        scenario_.reached.count(seen::settlement_held);
    }
}

void process::start_asked(const redemption_id& id) {
    if (scenario_.shared()) {
        scenario_.note("gateway", number_, " starts an attempt of ", id.str());
    }
    judge_.on_start_asked(id);
}

void process::start_answered(const redemption_id& id, bool started) {
    judge_.on_start_answered(number_, id, started);
}

void process::accepted(const record& wish, const accept_outcome& outcome) {
    judge_.on_accept_answered(number_, wish, outcome);
}

}  // namespace gateway::simulation
