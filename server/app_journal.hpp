#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "config/settings.hpp"
#include "journal/managed_journal.hpp"
#include "redemption/probes.hpp"

namespace gateway::server {

// Opens the configured journal, with its encryption keys if there are any. Throws
// std::runtime_error with one sentence when that can't be. `probe` must outlive the journal.
std::unique_ptr<journal::managed_journal> open_journal(
    boost::asio::any_io_executor loop,
    const config::journal_settings& settings,
    redemption::journal_probe& probe
);

}  // namespace gateway::server
