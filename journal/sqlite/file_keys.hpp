#pragma once

#include <optional>

#include "journal/covering_secret.hpp"
#include "journal/sqlite/database.hpp"

namespace gateway::journal {

// The keys of one journal file.
using file_keys = journal_keys;

// Brings the file's schema up to date and opens its secret, which proves that the secret's sealing
// key is configured; seals the secret anew when the first key has changed. Refuses a file whose
// secret, or whose pending redemptions, need a key that is not configured, with the key's id.
// Throws std::runtime_error on an error of the crypto library.
db_result<file_keys> prepare_file(database& db, std::optional<sealing_keys> keys);

}  // namespace gateway::journal
