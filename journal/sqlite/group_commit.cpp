#include "journal/sqlite/group_commit.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "journal/delivery.hpp"

namespace gateway::journal {
namespace {

// Bounds the wait of a batch's first operation for its last.
constexpr std::size_t max_batch = 1024;

void deliver_one(const group_commit::operation_ptr& job) {
    job->deliver();
}

}  // namespace

struct group_commit::connection {
    connection(database opened, const file_keys& keys)
        : db(std::move(opened)),
          store(db, keys),
          begin(db, "BEGIN IMMEDIATE"),
          commit(db, "COMMIT"),
          save(db, "SAVEPOINT one_operation"),
          keep(db, "RELEASE one_operation"),
          undo(db, "ROLLBACK TO one_operation") {
        db.count_log_pages();
    }

    database db;
    record_store store;
    statement begin;
    statement commit;
    statement save;
    statement keep;
    statement undo;
};

group_commit::group_commit(
    base::runtime& time,
    database db,
    opener reopen,
    const journal_files& files,
    const file_keys& keys,
    redemption::journal_probe& probe
)
    : time_(time),
      loop_(time.executor()),
      reopen_(std::move(reopen)),
      files_(files),
      keys_(keys),
      log_(time, files),
      progress_(std::make_shared<writer_progress>(probe)),
      connection_(std::make_unique<connection>(std::move(db), keys)),
      thread_(max_batch, [this](batch jobs) { run_batch(std::move(jobs)); }) {}

group_commit::~group_commit() {
    stop();
    progress_->close();
}

void group_commit::push(operation_ptr op) {
    if (thread_.push(op)) {
        progress_->pushed(time_.now());
        return;
    }
    op->fail({base::fixed_text("the journal is closed")});
    asio::post(loop_, [refused = std::move(op)] { refused->deliver(); });
}

std::optional<redemption::journal_error> group_commit::trouble() const {
    return progress_->trouble(
        time_.now(), {base::fixed_text("the journal's disk has not taken a write for over 2 s")}
    );
}

std::chrono::nanoseconds group_commit::oldest_write() const {
    return progress_->oldest(time_.now());
}

void group_commit::stop() {
    thread_.stop();
    if (connection_) {
        static_cast<void>(end_doubt());  // the last try; what is held is answered either way
    }
    answer_held();
    answer_misplaced(true);
    connection_.reset();
}

void group_commit::run_batch(batch jobs) {
    const auto began = time_.now();
    const auto taken = jobs.size();
    doubtful_batch_ = misplaced_batch_ = false;
    answer_misplaced(false);
    auto error = end_doubt();
    const bool tried = !error;
    if (tried) {
        answer_held();
        error = commit(jobs);
    }
    std::optional<redemption::journal_error> fault;
    if (error) {
        fault.emplace(redemption::journal_error{error->shown()});
        // Doubt about an earlier commit does not concern these operations.
        const bool held = tried && end_doubt();
        if (misplaced_batch_) {
            hold(jobs, misplaced_);
        }
        for (auto& job : jobs) {
            job->fail({fault->reason, doubtful_batch_ && may_come_back_});
        }
        if (held) {
            hold(jobs, held_);
        }
    }
    report(std::move(jobs), taken, fault, time_.now() - began);
}

void group_commit::answer_held() {
    for (auto& job : held_) {
        job->set_doubt(may_come_back_);
    }
    deliver(std::exchange(held_, {}));
}

// The files are back, and the commit with them; or the next start will show whether it is.
void group_commit::answer_misplaced(bool closes) {
    if (misplaced_.empty()) {
        return;
    }
    const auto missing = files_.fault();
    if (missing && !closes) {
        return;
    }
    for (auto& job : misplaced_) {
        if (missing) {
            job->fail({missing->shown(), true});
        }
    }
    deliver(std::exchange(misplaced_, {}));
}

// A proof that the journal works is answered: the next one may be what ends the doubt.
void group_commit::hold(batch& jobs, batch& held) {
    batch answered;
    for (auto& job : jobs) {
        (job->harmless() ? answered : held).push_back(std::move(job));
    }
    jobs = std::move(answered);
}

std::optional<db_error> group_commit::commit(batch& jobs) {
    if (auto error = check_connection()) {
        return error;
    }
    if (auto error = log_.before_write(connection_->db)) {
        return error;
    }
    if (auto begun = connection_->begin.run(); !begun) {
        roll_back(begun.error());
        return begun.error();
    }
    for (auto& job : jobs) {
        if (auto error = perform_in_savepoint(*job)) {
            roll_back(*error);
            return error;
        }
    }
    if (auto committed = connection_->commit.run(); !committed) {
        in_doubt_ = may_be_in_log(committed.error());
        doubtful_batch_ = in_doubt_;
        may_come_back_ = may_come_back_ || in_doubt_;
        roll_back(committed.error());
        return committed.error();
    }
    may_come_back_ = false;
    if (auto error = check_committed()) {
        misplaced_batch_ = true;
        return error;
    }
    log_.after_commit(connection_->db);
    return std::nullopt;
}

// A commit into a log that was removed meanwhile is kept only when it is in the file as well. The
// connection shows it either way.
std::optional<db_error> group_commit::check_committed() {
    auto error = files_.fault();
    if (error && log_keeper::save(connection_->db) && files_.journal_in_place()) {
        return std::nullopt;
    }
    return error;
}

void group_commit::roll_back(const db_error& error) {
    connection_->db.roll_back();
    renew_connection_ = renew_connection_ || in_doubt_ || needs_new_connection(error);
}

// Gives the reason when the doubt remains. A new connection matters here: at the start of the log
// it draws new salts, with which no older frame fits; elsewhere it writes where the failed commit
// began, and the checksum of each frame continues from the one before.
std::optional<db_error> group_commit::end_doubt() {
    if (!in_doubt_) {
        return std::nullopt;
    }
    if (auto error = check_connection()) {
        return error;
    }
    auto error = commit_probe();
    if (error) {
        roll_back(*error);
    }
    if (error && !only_the_flush_failed(*error)) {
        return error;
    }
    in_doubt_ = false;
    may_come_back_ = error.has_value();
    return std::nullopt;
}

std::optional<db_error> group_commit::commit_probe() {
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

std::optional<db_error> group_commit::check_connection() {
    if (renew_connection_) {
        auto fresh = reopen_();
        if (!fresh) {
            return fresh.error();
        }
        // The old connection is closed only after the new one is open: while one is open, SQLite
        // doesn't recover the log and so can't bring back a commit that was answered as failed.
        connection_ = std::make_unique<connection>(std::move(*fresh), keys_);
        renew_connection_ = false;
    }
    auto error = files_.fault();
    if (error && error->reason != last_file_fault_) {
        log_keeper::save(connection_->db);  // what callers were told must survive the log's loss
    }
    last_file_fault_ = error ? error->reason : std::string();
    return error;
}

// Gives only errors that fail the whole transaction.
std::optional<db_error> group_commit::perform_in_savepoint(operation<record_store>& job) {
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

void group_commit::deliver(batch jobs) {
    if (jobs.empty()) {
        return;
    }
    post_results(loop_, std::move(jobs), deliver_one);
}

void group_commit::report(
    batch jobs,
    std::size_t taken,
    const std::optional<redemption::journal_error>& fault,
    std::chrono::nanoseconds took
) {
    std::optional<batch_fault> told;
    if (fault) {
        told.emplace(batch_fault{.shown = *fault, .logged = fault->reason});
    }
    report_batch(loop_, progress_, std::move(jobs), taken, std::move(told), took, deliver_one);
}

}  // namespace gateway::journal
