#pragma once

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "journal/postgres/fellow_judge.hpp"
#include "redemption/fellowship.hpp"
#include "tests/simulation/disk.hpp"
#include "tests/simulation/journal_store.hpp"

namespace gateway::simulation {

// The other processes on a store, as one of them sees them: a life is ended whose renewals have
// stood still for a lease (docs/journal-postgres.md, Leases). Loop thread only.
class simulated_fellows final : public redemption::fellowship {
public:
    static constexpr std::chrono::seconds lease{6};
    static constexpr std::chrono::seconds margin{2};

    // All outlive it. `me` tells the process's life, `revive` begins another one if it was ended.
    simulated_fellows(
        base::runtime& time,
        journal_store& store,
        disk& how,
        std::function<redemption::life_number()> me,
        std::function<void()> revive
    )
        : time_(time),
          store_(store),
          disk_(how),
          me_(std::move(me)),
          revive_(std::move(revive)),
          judge_(lease, lease / 3) {}

    boost::asio::awaitable<redemption::journal_result<redemption::fellowship_news>> keep(
        std::vector<redemption::account_demand> wanted
    ) override;
    redemption::life_number life() const noexcept override { return life_; }
    redemption::boot_time may_send_until(redemption::life_number started_in
    ) const noexcept override {
        return started_in == life_ ? may_send_until_ : redemption::boot_time(0);
    }
    bool shared() const noexcept override { return true; }

private:
    using ban_name = std::pair<redemption::platform_identity, redemption::method_name>;

    redemption::fellowship_news renew(const std::vector<redemption::account_demand>& wanted);
    void judge();
    void add_bans(redemption::fellowship_news& to);

    base::runtime& time_;
    journal_store& store_;
    disk& disk_;
    const std::function<redemption::life_number()> me_;
    const std::function<void()> revive_;
    gateway::journal::postgres::fellow_judge judge_;
    std::map<ban_name, redemption::recorded_ban> bans_;
    redemption::life_number life_ = 0;
    redemption::boot_time may_send_until_{0};
};

}  // namespace gateway::simulation
