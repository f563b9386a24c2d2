#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/wait_list.hpp"
#include "journal/managed_journal.hpp"
#include "server/observe/observer.hpp"

namespace gateway::server {

// Looks at the journal's health and tells the observer: a write that hangs reports nothing by
// itself, and neither does a volume that fills (docs/journal.md, Journal trouble and The log). Loop
// thread only; all references outlive this.
class journal_watch {
public:
    journal_watch(base::runtime& time, journal::journal_health& watched, observer& told)
        : time_(time), journal_(watched), observer_(told) {}

    // Each runs until stop(); spawn them once.
    boost::asio::awaitable<void> watch_writes();
    boost::asio::awaitable<void> watch_storage();
    // Where other processes make some unknown and resolve some, too, `counted` tells how many.
    boost::asio::awaitable<void> recount_unknown(redemption::journal& counted);
    // Once after a start. Neither look-ups nor an end of the process wait for it.
    boost::asio::awaitable<void> count_rows_in_clear();
    void stop();

private:
    base::runtime& time_;
    journal::journal_health& journal_;
    observer& observer_;
    base::wait_list stopping_;
    bool stopped_ = false;
};

}  // namespace gateway::server
