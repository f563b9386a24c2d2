#include "journal/sqlite/group_commit.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace gateway::journal {
namespace {

// Bounds how long the first of a batch waits for the last.
constexpr std::size_t max_batch = 1024;
// So many results in one go; then the loop looks at its sockets and timers before the next ones.
constexpr std::size_t results_in_a_row = 8;

}  // namespace

struct group_commit::connection {
    connection(database opened, const file_keys& keys)
        : db(std::move(opened)),
          store(db, keys),
          begin(db, "BEGIN IMMEDIATE"),
          commit(db, "COMMIT"),
          save(db, "SAVEPOINT one_operation"),
          keep(db, "RELEASE one_operation"),
          undo(db, "ROLLBACK TO one_operation") {}

    database db;
    record_store store;
    statement begin;
    statement commit;
    statement save;
    statement keep;
    statement undo;
};

// What the loop knows. Results still under way when the journal goes find no probe and only
// deliver.
struct group_commit::standing {
    redemption::journal_probe* probe = nullptr;
    std::optional<redemption::journal_error> trouble;

    void batch_ended(
        std::size_t size,
        const std::optional<redemption::journal_error>& fault,
        std::chrono::nanoseconds took
    ) {
        trouble = fault;
        if (probe == nullptr) {
            return;
        }
        if (fault) {
            probe->failed(fault->reason);
        } else {
            probe->committed(size, took);
        }
    }
};

group_commit::group_commit(
    base::runtime& time,
    database db,
    opener reopen,
    const file_keys& keys,
    redemption::journal_probe& probe
)
    : time_(time),
      loop_(time.executor()),
      reopen_(std::move(reopen)),
      keys_(keys),
      standing_(std::make_shared<standing>()),
      connection_(std::make_unique<connection>(std::move(db), keys)),
      thread_(max_batch, [this](batch jobs) { work_off(std::move(jobs)); }) {
    standing_->probe = &probe;
}

group_commit::~group_commit() {
    stop();
    standing_->probe = nullptr;
}

void group_commit::push(operation_ptr op) {
    if (thread_.push(op)) {
        return;
    }
    op->fail({"the journal is closed"});
    asio::post(loop_, [late = std::move(op)] { late->deliver(); });
}

std::optional<redemption::journal_error> group_commit::trouble() const {
    return standing_->trouble;
}

void group_commit::stop() {
    thread_.stop();
    if (connection_) {
        end_doubt();
    }
    deliver(std::exchange(held_, {}));
    connection_.reset();
}

void group_commit::work_off(batch jobs) {
    const auto began = time_.now();
    auto error = end_doubt();
    if (!error) {
        deliver(std::exchange(held_, {}));
        error = commit(jobs);
    }
    std::optional<redemption::journal_error> fault;
    if (error) {
        fault.emplace(redemption::journal_error{error->reason});
        for (auto& job : jobs) {
            job->fail(*fault);
        }
        // Doubt about an earlier commit is none about these.
        if (held_.empty() && end_doubt()) {
            held_ = std::exchange(jobs, {});
        }
    }
    report(std::move(jobs), std::move(fault), time_.now() - began);
}

std::optional<db_error> group_commit::commit(batch& jobs) {
    if (auto error = make_ready()) {
        return error;
    }
    if (auto begun = connection_->begin.run(); !begun) {
        abandon(begun.error());
        return begun.error();
    }
    for (auto& job : jobs) {
        if (auto error = perform_alone(*job)) {
            abandon(*error);
            return error;
        }
    }
    if (auto committed = connection_->commit.run(); !committed) {
        in_doubt_ = may_stand_in_log(committed.error());
        abandon(committed.error());
        return committed.error();
    }
    return std::nullopt;
}

void group_commit::abandon(const db_error& error) {
    connection_->db.roll_back();
    renew_connection_ = renew_connection_ || in_doubt_ || needs_new_connection(error);
}

// Why the doubt stays, if it does. A new connection matters here: at the log's start it draws new
// salts, with which no older frame fits; elsewhere it writes where the failed commit began, and
// each frame's checksum goes on from the one before it.
std::optional<db_error> group_commit::end_doubt() {
    if (!in_doubt_) {
        return std::nullopt;
    }
    if (auto error = make_ready()) {
        return error;
    }
    auto error = write_something();
    if (error) {
        abandon(*error);
    }
    if (error && !only_the_flush_failed(*error)) {
        return error;
    }
    in_doubt_ = false;
    return std::nullopt;
}

std::optional<db_error> group_commit::write_something() {
    if (auto begun = connection_->begin.run(); !begun) {
        return begun.error();
    }
    if (auto written = connection_->store.probe(); !written) {
        return written.error();
    }
    if (auto committed = connection_->commit.run(); !committed) {
        return committed.error();
    }
    return std::nullopt;
}

std::optional<db_error> group_commit::make_ready() {
    if (renew_connection_) {
        auto fresh = reopen_();
        if (!fresh) {
            return fresh.error();
        }
        // The old one is closed only after the new one is open: while one stays, SQLite doesn't
        // recover the log and so can't bring back a commit that was answered as failed.
        connection_ = std::make_unique<connection>(std::move(*fresh), keys_);
        renew_connection_ = false;
    }
    if (connection_->db.has_moved()) {
        return db_error(0, "the journal file was moved or deleted while in use");
    }
    return std::nullopt;
}

// Only an error that spoils the whole transaction comes out.
std::optional<db_error> group_commit::perform_alone(operation<record_store>& job) {
    if (auto saved = connection_->save.run(); !saved) {
        return saved.error();
    }
    if (auto error = job.perform(connection_->store)) {
        if (is_storage_fault(*error)) {
            return error;
        }
        if (auto undone = connection_->undo.run(); !undone) {
            return undone.error();
        }
    }
    if (auto kept = connection_->keep.run(); !kept) {
        return kept.error();
    }
    return std::nullopt;
}

// Results of one batch on their way to those who wait. Each may go a long way at once.
struct group_commit::delivery {
    asio::any_io_executor loop;
    batch jobs;
    std::size_t next = 0;

    static void go_on(std::shared_ptr<delivery> what) {
        const auto end = std::min(what->jobs.size(), what->next + results_in_a_row);
        while (what->next < end) {
            what->jobs[what->next++]->deliver();
        }
        if (what->next < what->jobs.size()) {
            asio::post(what->loop, [what] { go_on(what); });
        }
    }
};

void group_commit::deliver(batch jobs) {
    if (jobs.empty()) {
        return;
    }
    auto results = std::make_shared<delivery>(delivery{loop_, std::move(jobs)});
    asio::post(loop_, [results = std::move(results)] { delivery::go_on(results); });
}

void group_commit::report(
    batch jobs, std::optional<redemption::journal_error> fault, std::chrono::nanoseconds took
) {
    auto results = std::make_shared<delivery>(delivery{loop_, std::move(jobs)});
    asio::post(
        loop_,
        [standing = standing_, results = std::move(results), fault = std::move(fault), took] {
            standing->batch_ended(results->jobs.size(), fault, took);
            delivery::go_on(results);
        }
    );
}

}  // namespace gateway::journal
