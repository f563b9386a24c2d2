#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/wait_list.hpp"
#include "journal/managed_journal.hpp"
#include "server/observe/observer.hpp"

namespace gateway::server {

// Tells the observer what a failover of the journal's database has lost, and who acknowledged it
// (docs/journal-postgres.md, Failover). Loop thread only; all references outlive this.
class loss_watch final : public redemption::journal_losses {
public:
    loss_watch(base::runtime& time, journal::managed_journal& watched, observer& told)
        : time_(time), journal_(watched), observer_(told) {}

    std::optional<redemption::journal_loss> loss() const override { return journal_.loss(); }
    boost::asio::awaitable<redemption::journal_result<redemption::journal_loss>> acknowledge_losses(
        std::int64_t up_to, std::string who, std::string note
    ) override;
    // Why the process is not ready; none: there is nothing to acknowledge.
    std::optional<base::redacted_text> obstacle() const;

    // Runs until stop(); spawn it once.
    boost::asio::awaitable<void> watch();
    void stop();

private:
    base::runtime& time_;
    journal::managed_journal& journal_;
    observer& observer_;
    base::wait_list stopping_;
    bool stopped_ = false;
};

}  // namespace gateway::server
