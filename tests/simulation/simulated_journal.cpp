
#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tests/simulation/simulated_journal_work.hpp"

namespace gateway::simulation {

using namespace redemption;

namespace {

constexpr std::size_t max_batch = 1024;

}  // namespace

simulated_journal::simulated_journal(
    base::runtime& time, journal_store& store, disk& how, journal_probe& probe, bool shared
)
    : time_(time),
      store_(store),
      disk_(how),
      probe_(probe),
      writer_(time.make_timer()),
      me_(shared ? store.begin_life() : journal_store::alone),
      takes_(store.pending_now()) {
    if (shared) {
        fellows_ = std::make_unique<simulated_fellows>(
            time, store, how, [this] { return me_; }, [this] { begin_life_if_ended(); }
        );
    }
}

simulated_journal::~simulated_journal() = default;

void simulated_journal::push(std::unique_ptr<operation> op) {
    if (closed_) {
        op->fail(closed());
        batch late;
        late.push_back(std::move(op));
        deliver(std::move(late));
        return;
    }
    waiting_.push_back(std::move(op));
    if (!busy_) {
        busy_ = true;
        after({}, &simulated_journal::begin);
    }
}

void simulated_journal::after(std::chrono::milliseconds pause, void (simulated_journal::*then)()) {
    writer_->start(time_.now() + pause, [this, then, alive = std::weak_ptr<int>(alive_)] {
        if (!alive.expired() && !closed_) {
            (this->*then)();
        }
    });
}

void simulated_journal::begin() {
    began_ = time_.now();
    const auto size = std::min(waiting_.size(), max_batch);
    for (std::size_t i = 0; i < size; ++i) {
        committing_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    plan_ = disk_.next_batch(size);
    durable_ = false;
    if (!held_.empty()) {
        if (disk_.doubt_ends()) {
            end_doubt();
        } else {
            plan_.what = batch_plan::outcome::refused;
        }
    }
    after(plan_.until_durable, &simulated_journal::commit);
}

void simulated_journal::commit() {
    if (plan_.what == batch_plan::outcome::done) {
        perform(committing_);
        durable_ = true;
        disk_.committed();
    } else if (is_shared() && plan_.what != batch_plan::outcome::refused) {
        plan_.what = batch_plan::outcome::doubtful;
        if (disk_.doubt_was_done()) {
            perform(committing_);
            disk_.committed();
        }
    }
    after(plan_.until_answered, &simulated_journal::answer);
}

void simulated_journal::answer() {
    auto jobs = std::exchange(committing_, {});
    if (plan_.what == batch_plan::outcome::done) {
        trouble_.reset();
        probe_.committed(jobs.size(), time_.now() - began_);
    } else {
        trouble_ = broken();
        probe_.failed(trouble_->reason);
    }
    if (plan_.what == batch_plan::outcome::refused) {
        fail(jobs, broken());
    }
    if (plan_.what == batch_plan::outcome::answered_doubtful) {
        maybe_ = store_;
        maybe_->on_removed = nullptr;
        for (auto& job : jobs) {
            job->perform(*maybe_);
        }
        auto in_doubt = broken();
        in_doubt.in_doubt = true;
        fail(jobs, in_doubt);
    }
    // Those in doubt know no answer but their error, yet must not get it before the doubt has
    // ended.
    if (plan_.what == batch_plan::outcome::doubtful) {
        hold(jobs);
        fail(jobs, broken());
    }
    deliver(std::move(jobs));
    // With several processes the connection is made anew as soon as that is possible.
    const bool doubts = is_shared() && !held_.empty();
    busy_ = !waiting_.empty() || doubts;
    if (busy_) {
        after(std::chrono::milliseconds(waiting_.empty() ? 100 : 0), &simulated_journal::begin);
    }
}

// As the real journal does, it answers what proves that it works: nothing else may be written.
void simulated_journal::hold(batch& jobs) {
    batch answered;
    for (auto& job : jobs) {
        (job->harmless ? answered : held_).push_back(std::move(job));
    }
    jobs = std::move(answered);
}

void simulated_journal::fail(batch& jobs, const journal_error& why) {
    for (auto& job : jobs) {
        job->fail(why);
    }
}

// With several processes the connection is shut out first; then each operation is run again and
// recognises whether it was done.
void simulated_journal::end_doubt() {
    if (is_shared()) {
        perform(held_, true);
        disk_.committed();
    } else {
        fail(held_, broken());
    }
    deliver(std::exchange(held_, {}));
}

void simulated_journal::begin_life_if_ended() {
    if (is_shared() && !store_.is_alive(me_)) {
        me_ = store_.begin_life();
    }
}

void simulated_journal::perform(batch& jobs, bool again) {
    begin_life_if_ended();
    store_.act_as(me_, again);
    for (auto& job : jobs) {
        job->perform(store_);
        maybe_.reset();
    }
}

void simulated_journal::deliver(batch jobs) {
    for (auto& job : jobs) {
        asio::post(time_.executor(), [job = std::move(job)]() mutable {
            job->answered();
            auto done = std::move(job->done);
            job.reset();
            std::move(done)();
        });
    }
}

void simulated_journal::close() {
    if (closed_) {
        return;
    }
    closed_ = true;
    if (!is_shared() && disk_.doubt_stands_at_close()) {
        perform(held_);
    }
    auto in_doubt = broken();
    in_doubt.in_doubt = true;
    fail(held_, in_doubt);
    deliver(std::exchange(held_, {}));
    if (plan_.what != batch_plan::outcome::done) {
        fail(committing_, broken());
    } else if (!durable_) {
        perform(committing_);
    }
    perform(waiting_);
    deliver(std::exchange(committing_, {}));
    deliver(std::exchange(waiting_, {}));
    if (is_shared()) {
        store_.leave(me_);
    }
}

// A later write that was not committed stands where the doubtful one stood, so that it is not found
// as well (docs/journal.md, A commit in doubt).
void simulated_journal::adopt_doubt() {
    maybe_->on_removed = store_.on_removed;
    store_.for_each([&](const record& row) {
        if (store_.on_removed && maybe_->row(row.id) == nullptr) {
            store_.on_removed(row);
        }
    });
    store_ = std::move(*maybe_);
}

void simulated_journal::crash(bool doubt_stands) {
    if (doubt_stands && maybe_) {
        adopt_doubt();
    } else if (doubt_stands) {
        if (!is_shared()) {
            perform(held_);
        }
        // What was written before its flush came to an end is found, too.
        if (!durable_ && plan_.what == batch_plan::outcome::done) {
            perform(committing_);
        }
    }
    closed_ = true;
    // A frame that goes may take another operation with it.
    for (auto* const jobs : {&held_, &committing_, &waiting_}) {
        while (!jobs->empty()) {
            const auto gone = std::move(jobs->front());
            jobs->pop_front();
        }
    }
}

}  // namespace gateway::simulation
