#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "journal/batch_thread.hpp"
#include "journal/sqlite/journal_files.hpp"
#include "journal/sqlite/log_keeper.hpp"
#include "journal/sqlite/operation.hpp"
#include "journal/sqlite/record_store.hpp"
#include "journal/writer_progress.hpp"
#include "redemption/probes.hpp"

namespace gateway::journal {

// The only writer: a thread that commits all waiting operations as one transaction, so that they
// share the cost of a flush (docs/journal.md, Group commit). An operation that a rule or constraint
// refuses is undone alone. A batch that fails with an error of the storage is undone as a whole,
// each of its operations is answered with the reason, and the next batch tries afresh.
//
// A commit whose flush failed may be complete in the log, where the next start would find it. It is
// in doubt until something harmless has been written over it; its operations are answered only
// then, and later batches don't wait for that (docs/journal.md, A commit in doubt).
class group_commit {
public:
    using operation_ptr = std::unique_ptr<operation<record_store>>;
    using opener = std::function<db_result<database>()>;

    // Takes over an open connection; `reopen` replaces it after a fault of the disk. Results are
    // delivered, and `probe` is called, on the runtime's loop, in one post a batch. `time`,
    // `files`, `keys` and `probe` must outlive this object.
    group_commit(
        base::runtime& time,
        database db,
        opener reopen,
        const journal_files& files,
        const file_keys& keys,
        redemption::journal_probe& probe
    );
    ~group_commit();
    group_commit(const group_commit&) = delete;
    group_commit& operator=(const group_commit&) = delete;

    // Loop thread.
    void push(operation_ptr op);
    // The fault of the last batch, if it failed; or that a write has not been done for so long that
    // the disk does not answer. Loop thread.
    std::optional<redemption::journal_error> trouble() const;
    // How long the oldest write that is not done has waited. Loop thread.
    std::chrono::nanoseconds oldest_write() const;
    // How much of the log is kept for a reader. Any thread.
    std::uint64_t held_log_bytes() const noexcept { return log_.held_bytes(); }
    // Commits the waiting operations and joins. Operations in doubt and later ones are answered
    // with an error.
    void stop();

private:
    struct connection;
    using batch = operations<record_store>;

    void run_batch(batch jobs);
    static void hold(batch& jobs, batch& held);
    void answer_held();
    void answer_misplaced(bool closes);
    std::optional<db_error> commit(batch& jobs);
    std::optional<db_error> check_committed();
    std::optional<db_error> check_connection();
    std::optional<db_error> perform_in_savepoint(operation<record_store>& job);
    std::optional<db_error> end_doubt();
    std::optional<db_error> commit_probe();
    void roll_back(const db_error& error);
    void deliver(batch jobs);
    void report(
        batch jobs,
        std::size_t taken,
        const std::optional<redemption::journal_error>& fault,
        std::chrono::nanoseconds took
    );

    base::runtime& time_;
    const asio::any_io_executor loop_;
    const opener reopen_;
    const journal_files& files_;
    const file_keys& keys_;
    log_keeper log_;
    const std::shared_ptr<writer_progress> progress_;  // for the loop; also held by posted results
    std::unique_ptr<connection> connection_;           // for the thread, like all that follows
    bool renew_connection_ = false;
    std::string last_file_fault_;
    bool in_doubt_ = false;               // a failed commit may be found by the next start
    bool doubtful_batch_ = false;         // the commit of the batch at work is in doubt
    bool may_come_back_ = false;          // the same, or after a power cut only
    bool misplaced_batch_ = false;        // the batch at work is in files that are missing
    batch held_;                          // operations in doubt, with their answers
    batch misplaced_;                     // those of missing files, with theirs
    batch_thread<operation_ptr> thread_;  // last: its thread uses all of the above
};

}  // namespace gateway::journal
