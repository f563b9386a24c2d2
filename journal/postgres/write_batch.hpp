#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "journal/postgres/batch_columns.hpp"
#include "journal/postgres/jobs.hpp"

namespace gateway::journal::postgres {

// Operations that one transaction of one round trip writes, each kind by one statement with arrays
// (docs/journal-postgres.md, Batches). Its statements do only what needs no second look; an
// operation that they leave is done alone afterwards, by record_store. Thread of the writer.
class write_batch {
public:
    // `keys` must outlive this object.
    explicit write_batch(const journal_keys& keys);

    enum class place {
        added,
        alone,  // its kind or content is not for a batch
        later,  // it must see what an operation of this batch, or one kept for later, has done
        full,
    };
    // `one` must outlive the batch. The job has an answer, and is `alone`, when it can't be stored.
    place add(job& one);
    bool empty() const noexcept { return jobs_.empty(); }
    std::size_t size() const noexcept { return jobs_.size(); }

    // The statements, the fence first; valid until the next add().
    std::vector<call> calls(writer_identity me) const;
    // Takes their results and answers the jobs that were done.
    pg_outcome<void> read(const std::vector<rows>& results);
    // The jobs of the batch, in the order of add(); those without an answer must be done alone.
    const std::vector<job*>& all() const noexcept { return jobs_; }

private:
    bool conflicts(const job& one) const;
    void remember(const job& one);
    place add_accept(accept_job& one);
    place add_start(const start_job& one);
    place add_settle(const settle_job& one);
    pg_outcome<void> read_accepted(const rows& from, bool with_lines);
    pg_outcome<void> read_started(const rows& from);
    pg_outcome<void> read_settled(const rows& from);

    const journal_keys& keys_;
    std::vector<job*> jobs_;
    std::unordered_map<std::string, job*> by_id_;
    std::set<std::string> taken_;    // ids, keys and natural keys, here or kept for later
    std::set<std::string> names_;    // of orders
    std::set<std::string> merging_;  // of them, of wishes with several
    std::size_t bytes_ = 0;
    accept_columns plain_;
    accept_columns with_lines_;
    line_columns lines_;
    start_columns starts_;
    settle_columns finals_;
    settle_columns confirming_;
    total_columns confirmed_;
    settle_columns open_;
};

}  // namespace gateway::journal::postgres
