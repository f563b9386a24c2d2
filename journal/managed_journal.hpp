#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "redemption/fellowship.hpp"
#include "redemption/journal.hpp"
#include "redemption/journal_losses.hpp"
#include "redemption/replica_standing.hpp"

namespace gateway::journal {

namespace asio = boost::asio;

// The space that a journal takes, and what its volume has left.
struct storage_use {
    std::uint64_t log_bytes = 0;   // of the write-ahead log
    std::uint64_t held_bytes = 0;  // of them kept for a reader that has been reading for long
    std::optional<std::uint64_t> free_bytes;  // on the volume; some do not tell it
};

// A step of the count of redemptions that are stored in clear.
struct clear_rows {
    std::uint64_t count = 0;
    // The next step begins behind this row; none: it was the last.
    std::optional<std::int64_t> next;
};

// A disk that has not taken a write for so long is in trouble, though it reports none.
inline constexpr std::chrono::seconds hanging_write{2};

// The health of a journal; one of memory alone has nothing to report.
class journal_health {
public:
    virtual ~journal_health() = default;

    virtual std::optional<redemption::journal_error> trouble() const = 0;
    // A write that does no harm: it finds trouble, and the end of it.
    virtual asio::awaitable<redemption::journal_result<void>> probe() = 0;
    // How long the oldest write that is not done has waited; 0 without one.
    virtual std::chrono::nanoseconds oldest_write() const { return {}; }
    // Waits for no write.
    virtual asio::awaitable<redemption::journal_result<storage_use>> storage() {
        co_return storage_use{};
    }
    // None: no other process may work on the journal.
    virtual std::optional<redemption::replica_standing> standing() const { return std::nullopt; }
    // Looks at a bounded number of rows behind row `after`, and counts those that are stored in
    // clear although there is a key. Waits for no write.
    virtual asio::awaitable<redemption::journal_result<clear_rows>> count_in_clear(
        std::int64_t /*after*/
    ) {
        co_return clear_rows{};
    }
};

// A journal as its owner sees it: the core's port, its health, and the end of its life.
class managed_journal : public redemption::journal,
                        public redemption::journal_losses,
                        public journal_health {
public:
    std::optional<redemption::journal_error> trouble() const override = 0;
    asio::awaitable<redemption::journal_result<void>> probe() override = 0;
    // When the journal was created, by this opening or long before; none if that is not known.
    virtual std::optional<redemption::time_point> created_at() const { return std::nullopt; }
    // The other processes on the journal; as long-lived as this object.
    virtual redemption::fellowship& fellows() = 0;
    // One in a file of this process loses nothing that a later opening could find.
    std::optional<redemption::journal_loss> loss() const override { return std::nullopt; }
    asio::awaitable<redemption::journal_result<redemption::journal_loss>> acknowledge_losses(
        std::int64_t, std::string, std::string
    ) override {
        co_return redemption::journal_loss{};
    }
    // The looks for lost writes since the last call.
    virtual std::vector<redemption::tail_look> take_looks() { return {}; }
    // This opening had to create it.
    virtual bool is_new() const { return false; }
    // Commits the waiting operations, then releases the file. Blocks until that is done; later
    // calls answer with an error.
    virtual void close() = 0;
};

}  // namespace gateway::journal
