#include "tests/simulation/simulated_fellows.hpp"

namespace gateway::simulation {

using namespace redemption;

boost::asio::awaitable<journal_result<fellowship_news>> simulated_fellows::keep(
    std::vector<account_demand> wanted
) {
    const auto asked = time_.since_boot();
    const auto [until_seen, until_answered] = disk_.next_read();
    const bool fails = disk_.read_fails();
    const auto timer = time_.make_timer();
    co_await base::wait_for(*timer, time_.now() + until_seen);
    if (fails) {
        co_return journal_error{base::fixed_text("the simulated database cannot be reached")};
    }
    const auto me = me_();
    store_.act_as(me);
    auto news = renew(wanted);
    if (until_answered > std::chrono::milliseconds(0)) {
        co_await base::wait_for(*timer, time_.now() + until_answered);
    }
    const bool ended = news.dispossessed;
    // The writer may have noticed first and begun another life.
    news.dispossessed = ended || (life_ != 0 && life_ != me);
    life_ = me;
    may_send_until_ = ended ? boot_time(0) : asked + lease - margin;
    if (news.dispossessed) {
        disk_.dispossessed();
    }
    if (ended) {
        revive_();
    }
    co_return news;
}

fellowship_news simulated_fellows::renew(const std::vector<account_demand>& wanted) {
    fellowship_news news;
    if (!store_.renew()) {
        news.dispossessed = true;
        return news;
    }
    news.free_work = store_.has_free();
    news.words = store_.words();
    add_bans(news);
    judge();
    for (const auto& one : wanted) {
        news.shares.push_back(store_.draw_share(one));
        disk_.shares_drawn(one, store_.sum_of_shares(one.account));
    }
    return news;
}

void simulated_fellows::judge() {
    std::vector<gateway::journal::postgres::sighting> alive;
    for (const auto& [number, renewals] : store_.other_lives()) {
        alive.push_back({number, renewals});
    }
    std::vector<journal_store::sighting> gone;
    for (const auto& one : judge_.look(alive, time_.since_boot()).gone) {
        gone.push_back({one.replica, one.renewals});
    }
    if (!gone.empty()) {
        disk_.ended_others(store_.end_lives(gone));
    }
}

// Bans that are new or longer than before.
void simulated_fellows::add_bans(fellowship_news& to) {
    std::map<ban_name, recorded_ban> now;
    for (auto& ban : store_.load_bans()) {
        const ban_name name(ban.identity, ban.method);
        const auto before = bans_.find(name);
        const bool known = before != bans_.end() && before->second.since == ban.since &&
                           before->second.length == ban.length;
        if (!known) {
            to.bans.push_back(ban);
        }
        now[name] = ban;
    }
    bans_ = std::move(now);
}

}  // namespace gateway::simulation
