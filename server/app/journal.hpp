#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "config/settings.hpp"
#include "journal/deferred_journal.hpp"
#include "redemption/probes.hpp"

namespace gateway::server {

// What opens the configured journal; it reads the encryption keys afresh each time. Throws
// std::runtime_error with one sentence if they can't be read now. `probe` must outlive the journals
// it opens.
journal::late_journal::opener journal_opener(
    boost::asio::any_io_executor loop,
    config::journal_settings settings,
    redemption::journal_probe& probe
);

}  // namespace gateway::server
