#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "journal/batch_thread.hpp"
#include "journal/postgres/confirmed_tail.hpp"
#include "journal/postgres/jobs.hpp"
#include "journal/postgres/replica_row.hpp"
#include "journal/postgres/server_checks.hpp"
#include "journal/postgres/write_batch.hpp"
#include "journal/writer_progress.hpp"
#include "redemption/journal_losses.hpp"
#include "redemption/probes.hpp"

namespace gateway::journal::postgres {

struct writer_settings {
    connection_settings connect;
    durability kept_by = durability::storage;
    replica_facts process;
};

// A session with a server that may be written to.
struct checked_server {
    connection db;
    std::string started;          // server_facts::started
    bool fellows_looked = false;  // all that lived, for their writes there
};
// Connects as the writer and checks the server and its schema; blocks.
pg_outcome<checked_server> open_writer(const base::runtime& time, const writer_settings& settings);

// The only writer of this process: a thread that commits all waiting operations as few
// transactions (docs/journal-postgres.md, Batches). An operation that the database refuses for its
// data is answered alone. While the server can't be used, each batch is answered with the reason.
//
// A transaction that was sent, but not confirmed, is in doubt. Its operations are answered only
// when a new connection has shut out the old one and they have been run again
// (docs/journal-postgres.md, A commit in doubt). A server that was started anew is asked first for
// what was confirmed lately; what it lacks is written again. Nothing begins there before the other
// processes have done so as well (docs/journal-postgres.md, Failover).
class writer {
public:
    // Takes over an open connection and its identity. Results are delivered, and `probe` is called,
    // on the runtime's loop, in one post a batch. `time`, `keys` and `probe` must outlive this
    // object.
    writer(
        base::runtime& time,
        writer_settings settings,
        const journal_keys& keys,
        checked_server on,
        writer_identity me,
        redemption::journal_probe& probe
    );
    ~writer();
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;

    // Loop thread.
    void push(job_ptr one);
    // The fault of the last batch, if it failed; or that a write has not been done for so long that
    // the database does not answer. Loop thread.
    std::optional<redemption::journal_error> trouble() const;
    // How long the oldest write that is not done has waited. Loop thread.
    std::chrono::nanoseconds oldest_write() const;
    // This life's number; another one after the process was ended by others. Any thread.
    std::int64_t replica() const noexcept { return replica_.load(); }
    // The looks for a lost tail since the last call. Loop thread.
    std::vector<redemption::tail_look> take_looks();
    // The longest that a batch waits for the others after a new server was found; less than what
    // counts as hanging.
    static constexpr std::chrono::milliseconds patience{1500};
    // The server may not be fit any more: the next batch connects and checks it anew. Any thread.
    void check_server_again() noexcept { check_again_ = true; }
    // Commits the waiting operations, ends this life and joins. Operations in doubt and later ones
    // are answered with an error.
    void stop();

private:
    // What one batch takes of the waiting jobs.
    struct share;

    void run_batch(jobs all);
    void finish(
        jobs done, std::size_t taken, const std::optional<pg_error>& error, base::steady_time began
    );
    std::optional<pg_error> perform_share(share& of);
    std::optional<pg_error> write(write_batch& batch);
    void hold_batch(share& of);
    std::optional<pg_error> perform_alone(job& one, bool again);
    std::optional<pg_error> before_next_try(const pg_error& fault, int tries);
    std::optional<pg_error> check_connection();
    std::optional<pg_error> check_connection_for(bool beginning);
    std::optional<pg_error> wait_for_fellows();
    std::optional<pg_error> connect();
    std::optional<pg_error> begin_life();
    std::optional<pg_error> recover_tail(const std::string& server);
    std::optional<pg_error> restore_behind(
        const std::vector<redemption::redemption_id>& ids, const std::string& server
    );
    void report_look(std::size_t looked_at, const std::vector<redemption::redemption_id>& behind);
    // Keeps what the job has written, before another connection is made.
    void note_done(const job& done);
    std::optional<pg_error> end_doubt();
    void set_identity(writer_identity me);
    void answer(jobs done);
    void report(
        jobs done,
        std::size_t taken,
        std::optional<batch_fault> fault,
        std::chrono::nanoseconds took
    );

    base::runtime& time_;
    const asio::any_io_executor loop_;
    const writer_settings settings_;
    const journal_keys& keys_;
    const std::shared_ptr<writer_progress> progress_;  // for the loop; also held by posted results
    const std::shared_ptr<std::vector<redemption::tail_look>> looks_;  // likewise
    std::atomic<std::int64_t> replica_;
    std::atomic<bool> check_again_{false};
    writer_identity me_;  // for the thread, like all that follows
    std::optional<connection> db_;
    std::string server_;                        // when it was started
    bool fellows_looked_ = false;               // all that live, for their writes on this server
    base::steady_time wait_for_fellows_until_;  // later ones are answered with the reason
    confirmed_tail tail_;
    std::set<redemption::redemption_id> missed_;  // by the server; being restored
    bool reaches_further_ = false;                // the oldest that is kept was missed, too
    bool must_release_ = false;                   // restored ones are not at work in this new life
    std::optional<pg_error> refused_;             // why the last connect failed
    base::steady_time connect_at_{};              // not before
    std::chrono::milliseconds pause_;
    jobs held_;                     // in doubt
    batch_thread<job_ptr> thread_;  // last: its thread uses all of the above
};

}  // namespace gateway::journal::postgres
