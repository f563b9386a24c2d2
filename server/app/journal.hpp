#pragma once

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "journal/deferred_journal.hpp"
#include "redemption/probes.hpp"

namespace gateway::server {

// Makes the function that opens the configured journal and rereads the encryption keys each time.
// Throws std::runtime_error with one sentence if they can't be read now. `time` and `probe` must
// outlive the opened journals.
journal::deferred_journal::opener journal_opener(
    base::runtime& time, config::journal_settings settings, redemption::journal_probe& probe
);

}  // namespace gateway::server
