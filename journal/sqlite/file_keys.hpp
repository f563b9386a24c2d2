#pragma once

#include <optional>

#include "journal/sealing.hpp"
#include "journal/sqlite/database.hpp"
#include "journal/sqlite/file_secret.hpp"

namespace gateway::journal {

// What the rows of one journal file are written and read with.
struct file_keys {
    std::optional<sealing_keys> texts;  // parameters and results; none: they are stored in clear
    file_secret digests;
};

// Brings the file's schema up to date and opens its secret, which proves that the key it was sealed
// with is here; seals it anew when the sealing key is another one now. Refuses a file whose secret,
// or whose pending redemptions, need a key that is not configured, naming the key's id. Throws
// std::runtime_error when the crypto library can't do it.
db_result<file_keys> prepare_file(database& db, std::optional<sealing_keys> keys);

}  // namespace gateway::journal
