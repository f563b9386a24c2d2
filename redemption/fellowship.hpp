#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "redemption/journal.hpp"

// The core's port to the other processes that work on the same journal (docs/journal.md, Several
// processes). A process that is alone answers with constants. Loop thread only.

namespace gateway::redemption {

// base::runtime::since_boot(): goes on while a process is stopped or its machine suspended, so that
// it finds its permission to send over.
using boot_time = std::chrono::nanoseconds;
inline constexpr boot_time boot_forever = boot_time::max();

// A life of a process on the journal: another one begins when others have ended the one before.
using life_number = std::int64_t;

// An account's demand for calls, per second.
struct account_demand {
    account_name account;
    double rate = 0;    // configured
    double wanted = 0;  // of it, by this process
};
// The part of an account's rate that this process may use.
struct account_share {
    account_name account;
    double rate = 0;
};

// The changes since the last renewal.
struct fellowship_news {
    // This process was ended by another, which took everything over: its redemptions are not its
    // own any more.
    bool dispossessed = false;
    bool free_work = false;  // pending redemptions that no process works on
    std::vector<recorded_ban> bans;
    std::vector<account_share> shares;
    std::vector<std::pair<redemption_id, operator_resolution>> words;
    // The journal's clock minus this process's wall clock.
    std::chrono::milliseconds clock_ahead{0};
};

class fellowship {
public:
    virtual ~fellowship() = default;
    // Renews this process's lease and ends processes that stood still. Once a second.
    virtual boost::asio::awaitable<journal_result<fellowship_news>> keep(
        std::vector<account_demand> wanted
    ) = 0;
    // The life whose lease was renewed last; asked before the start of an attempt is written.
    virtual life_number life() const noexcept = 0;
    // No byte of an attempt that was started in that life may leave later: another process may have
    // taken over by then. Looked at right before the first byte. A life that is over may not send,
    // whatever has begun since.
    virtual boot_time may_send_until(life_number started_in) const noexcept = 0;
    // Whether other processes may work on the journal, so that redemptions pending there may be at
    // work elsewhere.
    virtual bool shared() const noexcept = 0;
};

// One process alone: it may send for ever, and there is no news.
class alone final : public fellowship {
public:
    boost::asio::awaitable<journal_result<fellowship_news>> keep(std::vector<account_demand>)
        override {
        co_return fellowship_news{};
    }
    life_number life() const noexcept override { return 0; }
    boot_time may_send_until(life_number) const noexcept override { return boot_forever; }
    bool shared() const noexcept override { return false; }
};

}  // namespace gateway::redemption
