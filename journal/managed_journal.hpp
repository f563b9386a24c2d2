#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

#include "redemption/journal.hpp"

namespace gateway::journal {

namespace asio = boost::asio;

// Free space of a volume that does not tell it.
inline constexpr std::uint64_t unknown_space = std::numeric_limits<std::uint64_t>::max();

// The space that a journal takes, and what its volume has left.
struct storage_use {
    std::uint64_t log_bytes = 0;   // of the write-ahead log
    std::uint64_t held_bytes = 0;  // of them kept for a reader that has been reading for long
    std::uint64_t free_bytes = unknown_space;  // on the volume
};

// A disk that has not taken a write for so long is in trouble, though it reports none.
inline constexpr std::chrono::seconds hanging_write{2};

// A journal as its owner sees it: the core's port, its health (a journal of memory alone has
// nothing to report), and the end of its life.
class managed_journal : public redemption::journal {
public:
    // How long the oldest write that is not done has waited; 0 without one.
    virtual std::chrono::nanoseconds oldest_write() const { return {}; }
    // Waits for no write.
    virtual asio::awaitable<redemption::journal_result<storage_use>> storage() {
        co_return storage_use{};
    }
    // When this opening had to create the journal; none when there was one.
    virtual std::optional<redemption::time_point> created_at() const { return std::nullopt; }
    // Commits the waiting operations, then releases the file. Blocks until that is done; later
    // calls answer with an error.
    virtual void close() = 0;
};

}  // namespace gateway::journal
