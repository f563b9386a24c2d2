#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "journal/sqlite/batch_thread.hpp"
#include "journal/sqlite/operation.hpp"
#include "journal/sqlite/record_store.hpp"
#include "redemption/probes.hpp"

namespace gateway::journal {

// The one writer: a thread that commits everything that waits as one transaction, so that the cost
// of a flush is shared (contract §5). An operation a rule or constraint refuses is undone alone. A
// batch whose disk fails is undone whole, each of its operations answers with the reason, and the
// next batch tries afresh.
//
// A commit that failed while it was flushed stands whole in the log, where the next start would
// find it. So something harmless is written over it before its operations are answered; while even
// that can't be written they wait, and nobody else does. From then on no end of the process brings
// them back; only a power cut can, on a disk that kept what it said it could not and not what came
// after.
class group_commit {
public:
    using operation_ptr = std::unique_ptr<operation<record_store>>;
    using opener = std::function<db_result<database>()>;

    // Takes over an open connection; `reopen` replaces it after a fault of the disk. Results, and
    // what `probe` is told, come on the loop, one post for each batch. `keys` and `probe` must
    // outlive this object.
    group_commit(
        base::runtime& time,
        database db,
        opener reopen,
        const file_keys& keys,
        redemption::journal_probe& probe
    );
    ~group_commit();
    group_commit(const group_commit&) = delete;
    group_commit& operator=(const group_commit&) = delete;

    // Loop thread.
    void push(operation_ptr op);
    // Why nothing can be written now: the last batch's fault. Loop thread.
    std::optional<redemption::journal_error> trouble() const;
    // Commits what waits and joins; what comes later is answered with an error, and so is, in the
    // end, what is in doubt.
    void stop();

private:
    struct connection;
    struct delivery;
    struct standing;
    using batch = operations<record_store>;

    void work_off(batch jobs);
    std::optional<db_error> commit(batch& jobs);
    std::optional<db_error> make_ready();
    std::optional<db_error> perform_alone(operation<record_store>& job);
    std::optional<db_error> end_doubt();
    std::optional<db_error> write_something();
    void abandon(const db_error& error);
    void deliver(batch jobs);
    void report(
        batch jobs, std::optional<redemption::journal_error> fault, std::chrono::nanoseconds took
    );

    base::runtime& time_;
    const asio::any_io_executor loop_;
    const opener reopen_;
    const file_keys& keys_;
    const std::shared_ptr<standing> standing_;  // loop side; also held by results under way
    std::unique_ptr<connection> connection_;    // thread side from here on
    bool renew_connection_ = false;
    bool in_doubt_ = false;  // a commit answered as failed would be found by the next start
    batch held_;             // its operations, with their answers
    batch_thread<operation_ptr> thread_;  // last: its thread uses all of the above
};

}  // namespace gateway::journal
