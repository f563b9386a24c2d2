#pragma once

#include <optional>

#include "journal/sealing.hpp"
#include "journal/sqlite/database.hpp"
#include "journal/sqlite/file_secret.hpp"

namespace gateway::journal {

// The keys with which the rows of one journal file are written and read.
struct file_keys {
    std::optional<sealing_keys> texts;  // parameters and results; none: they are stored in clear
    file_secret digests;
};

// Brings the file's schema up to date and opens its secret, which proves that the secret's sealing
// key is configured; seals the secret anew when the first key has changed. Refuses a file whose
// secret, or whose pending redemptions, need a key that is not configured, with the key's id.
// Throws std::runtime_error on an error of the crypto library.
db_result<file_keys> prepare_file(database& db, std::optional<sealing_keys> keys);

}  // namespace gateway::journal
