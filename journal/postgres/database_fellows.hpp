#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "journal/postgres/fellows_keeper.hpp"
#include "journal/postgres/reader.hpp"
#include "redemption/fellowship.hpp"
#include "redemption/replica_standing.hpp"

namespace gateway::journal::postgres {

// The port redemption::fellowship over the rows of the other processes. Loop thread.
class database_fellows final : public redemption::fellowship {
public:
    // Awaitable until this process has a life again, after it was ended.
    using revival = std::function<asio::awaitable<redemption::journal_result<void>>()>;

    // `questions` and `time` outlive this object; `me` gives the number of this life of the
    // process, on any thread. `standby_lost` is called, and the writer asked, when commits wait for
    // no standby any more; empty: they need not.
    database_fellows(
        reader& questions,
        const base::runtime& time,
        lease_terms terms,
        std::function<std::int64_t()> me,
        std::string token,
        revival revive,
        std::function<void()> standby_lost
    )
        : reader_(questions),
          keeper_(time, terms),
          me_(std::move(me)),
          token_(std::move(token)),
          revive_(std::move(revive)),
          standby_lost_(std::move(standby_lost)) {}

    asio::awaitable<redemption::journal_result<redemption::fellowship_news>> keep(
        std::vector<redemption::account_demand> wanted
    ) override {
        auto done = co_await reader_.ask<fellows_keeper::renewal>(
            [this, wanted = std::move(wanted)](connection& on) {
                return keeper_.keep(on, me_(), token_, wanted);
            }
        );
        if (!done) {
            co_return done.error();
        }
        const bool ended = done->news.dispossessed;
        // The writer may have noticed first and begun another life.
        done->news.dispossessed = ended || (life_ != 0 && life_ != done->life);
        count(*done);
        life_ = done->life;
        may_send_until_ = done->may_send_until;
        const bool moved = !server_.empty() && server_ != done->server;
        server_ = done->server;
        loss_ = done->loss;
        const bool unprotected = standby_lost_ && !done->has_standby;
        if (unprotected) {
            standby_lost_();
        }
        if (ended || unprotected || moved) {
            if (const auto alive = co_await revive_(); !alive) {
                server_ = moved ? "?" : server_;  // the writer is asked again
                if (ended) {
                    co_return alive.error();
                }
            }
        }
        if (moved) {
            co_await look_for_loss();
        }
        co_return std::move(done->news);
    }
    redemption::life_number life() const noexcept override { return life_; }
    redemption::boot_time may_send_until(redemption::life_number started_in
    ) const noexcept override {
        return started_in == life_ ? may_send_until_ : redemption::boot_time(0);
    }
    bool shared() const noexcept override { return true; }
    // Without what the journal counts.
    redemption::replica_standing standing(redemption::boot_time now) const {
        auto one = standing_;
        one.lease_left = std::max(may_send_until_ - now, redemption::boot_time(0));
        return one;
    }
    // As of the last renewal.
    const std::optional<redemption::journal_loss>& loss() const noexcept { return loss_; }

private:
    // An end of this life is told until the writer has another one, and once more when it is seen.
    void count(const fellows_keeper::renewal& done) {
        standing_.lives_lost += done.news.dispossessed && !lost_before_ ? 1 : 0;
        lost_before_ = done.news.dispossessed;
        standing_.ended += done.ended;
        standing_.replicas = done.replicas;
        standing_.renewal = done.took;
    }
    // The loss that the writer has just found.
    asio::awaitable<void> look_for_loss() {
        const auto seen = co_await reader_.ask<fellows_keeper::renewal>([this](connection& on) {
            return keeper_.look_at_server(on);
        });
        if (seen) {
            loss_ = seen->loss;
        }
    }

    reader& reader_;
    fellows_keeper keeper_;
    const std::function<std::int64_t()> me_;
    const std::string token_;
    const revival revive_;
    const std::function<void()> standby_lost_;
    std::optional<redemption::journal_loss> loss_;
    std::string server_;
    redemption::life_number life_ = 0;
    bool lost_before_ = false;  // said by the last renewal
    redemption::boot_time may_send_until_{0};
    redemption::replica_standing standing_;
};

}  // namespace gateway::journal::postgres
