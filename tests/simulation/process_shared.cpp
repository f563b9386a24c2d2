// A process among others on the journal.
#include <algorithm>

#include "tests/simulation/process.hpp"

namespace gateway::simulation {

using namespace redemption;

void process::pause_until(base::steady_time then) {
    const auto lasts = (then - time_.now()) / std::chrono::milliseconds(1);
    scenario_.note("gateway", number_, " stands still for ", lasts, " ms");
    pause_ends_ = std::max(pause_ends_, then);
    time_.pause_until(then);
}

bool process::cut_off() const {
    return time_.now() < std::max(cut_off_until_, scenario_.database_down_until);
}

void process::taken(const redemption_id& id) {
    scenario_.note("gateway", number_, " takes ", id.str());
    judge_.on_taken(id);
}

void process::told_late(const late_answer& answer) {
    if (answer.not_closed) {
        scenario_.reached.count(seen::late_news_too_early);
        return;
    }
    scenario_.reached.count(answer.now ? seen::late_news_settled : seen::late_news_told);
}

void process::ended_others(std::size_t freed) {
    scenario_.note("gateway", number_, " ends others, which frees ", freed);
    scenario_.reached.count(freed > 0 ? seen::taken_over : seen::ended_without_work);
}

void process::dispossessed() {
    scenario_.note("gateway", number_, " was ended by others");
    scenario_.reached.count(seen::dispossessed);
}

void process::shares_drawn(const account_demand& of, double sum) {
    if (sum > of.rate * 1.000001) {
        scenario_.broke("the shares of a rate are more than the rate: ", of.account.str());
    }
    if (of.wanted > of.rate / 2) {
        scenario_.reached.count(seen::share_wanted);
    }
}

void process::not_ours(const redemption_id& id) {
    scenario_.note("gateway", number_, " is told that it has lost ", id.str());
    scenario_.reached.count(seen::not_ours);
    judge_.on_not_ours(number_, id);
}

void process::not_its_turn(const redemption_id& id) {
    scenario_.note("gateway", number_, " is told that others come first: ", id.str());
    scenario_.reached.count(seen::not_its_turn);
}

void process::word_left() {
    scenario_.reached.count(seen::word_left);
}

void process::turns_seen(std::size_t ended, std::size_t turns) {
    if (ended > 0) {
        scenario_.reached.count(seen::end_seen_elsewhere);
    }
    if (turns > 0) {
        scenario_.reached.count(seen::turn_seen);
    }
}

}  // namespace gateway::simulation
