#include "journal/postgres/writer.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>
#include <utility>

#include "journal/delivery.hpp"
#include "journal/managed_journal.hpp"
#include "journal/postgres/move_mark.hpp"
#include "journal/postgres/schema.hpp"
#include "journal/postgres/statements.hpp"
#include "journal/postgres/writer_share.hpp"

namespace gateway::journal::postgres {
namespace {

// Jobs taken at once; they are written in batches of their own size.
constexpr std::size_t max_taken = 1024;
constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{1000};

void deliver_one(const job_ptr& one) {
    deliver(*one);
}

// Why no new life may begin on the tables: a migration or a move has ended the last one.
std::optional<pg_error> fault_of_tables(connection& on) {
    const auto schema = read_schema(on);
    if (!schema) {
        return schema.error();
    }
    if (auto fault = fault_of(*schema, static_cast<int>(migrations().size()))) {
        return pg_error{.kind = error_kind::trouble, .reason = std::move(*fault), .is_own = true};
    }
    const auto moved = is_being_moved(on);
    if (!moved) {
        return moved.error();
    }
    if (*moved) {
        return pg_error{
            .kind = error_kind::trouble,
            .reason = {"a move of another journal into the database has begun and not ended"},
            .is_own = true,
        };
    }
    return std::nullopt;
}

}  // namespace

pg_outcome<checked_server> open_writer(const base::runtime& time, const writer_settings& settings) {
    auto db = connection::open(settings.connect, time);
    if (!db) {
        return db.error();
    }
    auto facts = read_facts(*db);
    if (!facts) {
        return facts.error();
    }
    auto schema = read_schema(*db);
    if (!schema) {
        return schema.error();
    }
    const auto newest = static_cast<int>(migrations().size());
    const auto faults = faults_of(*facts, settings.kept_by, *schema, newest);
    if (!faults.empty()) {
        return pg_error{.kind = error_kind::trouble, .reason = faults.front(), .is_own = true};
    }
    if (auto prepared = db->prepare(writer_statements()); !prepared) {
        return prepared.error();
    }
    return checked_server{std::move(*db), std::move(facts->started)};
}

writer::writer(
    base::runtime& time,
    writer_settings settings,
    const journal_keys& keys,
    checked_server on,
    writer_identity me,
    redemption::journal_probe& probe
)
    : time_(time),
      loop_(time.executor()),
      settings_(std::move(settings)),
      keys_(keys),
      progress_(std::make_shared<writer_progress>(probe)),
      looks_(std::make_shared<std::vector<redemption::tail_look>>()),
      replica_(me.replica),
      me_(me),
      db_(std::move(on.db)),
      server_(std::move(on.started)),
      fellows_looked_(on.fellows_looked),
      wait_for_fellows_until_(time_.now() + patience),
      pause_(first_pause),
      thread_(max_taken, [this](jobs all) { run_batch(std::move(all)); }) {}

writer::~writer() {
    stop();
    progress_->close();
}

void writer::push(job_ptr one) {
    if (thread_.push(one)) {
        progress_->pushed(time_.now());
        return;
    }
    fail(*one, {base::fixed_text("the journal is closed")});
    asio::post(loop_, [refused = std::move(one)] { deliver(*refused); });
}

std::optional<redemption::journal_error> writer::trouble() const {
    return progress_->trouble(
        time_.now(), {base::fixed_text("the database has not taken a write for over 2 s")}
    );
}

std::chrono::nanoseconds writer::oldest_write() const {
    return progress_->oldest(time_.now());
}

std::vector<redemption::tail_look> writer::take_looks() {
    return std::exchange(*looks_, {});
}

void writer::stop() {
    thread_.stop();
    if (!held_.empty()) {
        connect_at_ = {};
        static_cast<void>(end_doubt());  // the last try; what is held is answered either way
    }
    for (auto& one : held_) {
        fail(*one, {base::fixed_text("the journal was closed while a write was in doubt"), true});
    }
    answer(std::exchange(held_, {}));
    if (db_ && db_->is_usable()) {
        static_cast<void>(leave(*db_, me_));
    }
    db_.reset();
}

// Each share is answered when it is done, while the loop works on the answers of the one before.
void writer::run_batch(jobs all) {
    auto began = time_.now();
    auto error = end_doubt();
    while (!error && !all.empty()) {
        share next(keys_, all);
        const auto taken = next.own.size();
        error = perform_share(next);
        std::erase(next.own, nullptr);
        finish(std::move(next.own), taken, error, began);
        began = time_.now();
    }
    if (!all.empty()) {
        const auto taken = all.size();
        finish(std::move(all), taken, error, began);
    }
}

void writer::finish(
    jobs done, std::size_t taken, const std::optional<pg_error>& error, base::steady_time began
) {
    std::optional<batch_fault> fault;
    if (error) {
        fault.emplace(batch_fault{.shown = {error->shown()}, .logged = error->reason});
        for (auto& one : done) {
            if (!is_done(*one)) {
                fail(*one, fault->shown);
            }
        }
    }
    report(std::move(done), taken, std::move(fault), time_.now() - began);
}

// A connection that was lost before anything was sent is replaced at once.
std::optional<pg_error> writer::check_connection() {
    if (check_again_.exchange(false)) {
        db_.reset();
    }
    if (db_ && db_->is_usable()) {
        return std::nullopt;
    }
    if (refused_ && time_.now() < connect_at_) {
        return refused_;
    }
    refused_ = connect();
    if (refused_) {
        db_.reset();
        connect_at_ = time_.now() + pause_;
        pause_ = std::min(2 * pause_, longest_pause);
    } else {
        pause_ = first_pause;
    }
    return refused_;
}

std::optional<pg_error> writer::begin_life() {
    auto me = enrol(*db_, settings_.process, server_);
    if (!me) {
        return me.error();
    }
    if (auto fault = fault_of_tables(*db_)) {
        static_cast<void>(leave(*db_, *me));
        return fault;
    }
    set_identity(*me);
    return std::nullopt;
}

void writer::set_identity(writer_identity me) {
    me_ = me;
    replica_ = me.replica;
}

// Gives the reason when the doubt remains.
std::optional<pg_error> writer::end_doubt() {
    if (held_.empty()) {
        return std::nullopt;
    }
    std::optional<pg_error> error;
    for (auto& one : held_) {
        error = perform_alone(*one, true);
        if (error) {
            break;
        }
    }
    jobs done;
    for (auto& one : held_) {
        if (is_done(*one)) {
            done.push_back(std::move(one));
        }
    }
    std::erase(held_, nullptr);
    answer(std::move(done));
    return error;
}

void writer::answer(jobs done) {
    if (done.empty()) {
        return;
    }
    post_results(loop_, std::move(done), deliver_one);
}

void writer::report(
    jobs done, std::size_t taken, std::optional<batch_fault> fault, std::chrono::nanoseconds took
) {
    report_batch(loop_, progress_, std::move(done), taken, std::move(fault), took, deliver_one);
}

}  // namespace gateway::journal::postgres
