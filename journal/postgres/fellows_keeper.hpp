#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "journal/postgres/connection.hpp"
#include "journal/postgres/fellow_judge.hpp"
#include "redemption/fellowship.hpp"
#include "redemption/journal_losses.hpp"

namespace gateway::journal::postgres {

// The statements of keep(), for the table of the session that it runs on.
std::span<const statement> fellow_statements();

// How long a process that does not renew its lease is waited for, and how much earlier it stops to
// send by itself.
struct lease_terms {
    std::chrono::nanoseconds length = std::chrono::seconds(6);
    std::chrono::nanoseconds margin() const noexcept { return length / 3; }
};

// Between two looks at the others, which are a second apart; a longer pause is a gap.
inline constexpr std::chrono::seconds longest_look_pause{2};

// The place of this process among those on the journal (docs/journal-postgres.md, Leases). keep()
// on the reader's thread only.
class fellows_keeper {
public:
    fellows_keeper(const base::runtime& time, lease_terms terms)
        : time_(time), terms_(terms), judge_(terms.length, longest_look_pause) {}

    struct renewal {
        redemption::fellowship_news news;
        redemption::life_number life = 0;
        redemption::boot_time may_send_until{0};  // of that life
        std::chrono::nanoseconds took{0};         // the renewal, which is one round trip
        std::size_t replicas = 1;                 // that have not ended, this one included
        std::size_t ended = 0;                    // of them now, by this one
        bool has_standby = false;                 // commits wait for one
        std::string server{};                     // server_facts::started
        std::optional<redemption::journal_loss> loss{};
    };
    // Renews the lease of process `me`, ends processes that stood still and frees their
    // redemptions, draws the shares of rates, and reads what the others told. Without the row of
    // `me` this process was ended: `dispossessed`, and no more.
    pg_outcome<renewal> keep(
        connection& on,
        std::int64_t me,
        const std::string& token,
        const std::vector<redemption::account_demand>& wanted
    );

    // The part about the server and what it lost, again.
    pg_outcome<renewal> look_at_server(connection& on) const;

private:
    using ban_name = std::pair<redemption::platform_identity, redemption::method_name>;

    void judge_and_draw(
        connection& on,
        const rows& fellows,
        const std::vector<redemption::account_demand>& wanted,
        renewal& done
    );
    // Both give how many were ended.
    pg_outcome<std::size_t> judge(connection& on, const rows& fellows);
    pg_outcome<std::size_t> end(connection& on, const fellow_judge::judgement& judged);
    pg_outcome<std::vector<redemption::account_share>> draw(
        connection& on, std::int64_t me, const std::vector<redemption::account_demand>& wanted
    );
    static pg_outcome<void> read_health(const rows& from, renewal& into);
    pg_outcome<void> read_words(const rows& from, redemption::fellowship_news& into) const;
    pg_outcome<void> read_bans(const rows& from, redemption::fellowship_news& into);
    pg_outcome<void> read_clock(
        const rows& from,
        std::chrono::nanoseconds asked,
        std::chrono::system_clock::time_point asked_at,
        redemption::fellowship_news& into
    );

    const base::runtime& time_;
    const lease_terms terms_;
    fellow_judge judge_;
    std::map<ban_name, redemption::recorded_ban> bans_;
    // The life whose shares were drawn last. Another one has none: the others may hold all.
    redemption::life_number drawn_for_ = 0;
    std::chrono::milliseconds clock_ahead_{0};
};

}  // namespace gateway::journal::postgres
