#include "tests/simulation/simulated_journal.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gateway::simulation {

using namespace redemption;

namespace {

constexpr std::size_t max_batch = 1024;

journal_error closed() {
    return {base::fixed_text("the journal is closed")};
}
journal_error broken() {
    return {base::fixed_text("the simulated disk failed")};
}

}  // namespace

// A write that waits for its commit; both functions write into the frame that `done` resumes.
struct simulated_journal::operation {
    std::function<void(journal_store&)> perform;
    std::function<void(const journal_error&)> fail;
    std::function<void()> answered;
    base::timer::completion done;
    bool harmless = false;
};

simulated_journal::simulated_journal(
    base::runtime& time, journal_store& store, disk& how, journal_probe& probe
)
    : time_(time), store_(store), disk_(how), probe_(probe), writer_(time.make_timer()) {}

simulated_journal::~simulated_journal() = default;

template <class T, class Work>
asio::awaitable<journal_result<T>> simulated_journal::write(Work work) {
    journal_result<T> result = closed();
    std::function<void(journal_store&)> perform = [&](journal_store& store) {
        result = work(store);
    };
    std::function<void(const journal_error&)> fail = [&](const journal_error& why) {
        result = why;
    };
    constexpr bool harmless = requires { typename Work::harmless; };
    std::function<void()> answered = [&] {
        work.tell(disk_, result);
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [&](auto handler) {
            push(std::unique_ptr<operation>(new operation{
                std::move(perform),
                std::move(fail),
                std::move(answered),
                std::move(handler),
                harmless
            }));
        },
        asio::use_awaitable
    );
    co_return result;
}

template <class T, class Work>
asio::awaitable<journal_result<T>> simulated_journal::read(Work work) {
    if (closed_) {
        co_return closed();
    }
    const auto [until_seen, until_answered] = disk_.next_read();
    const bool fails = disk_.read_fails();
    const auto timer = time_.make_timer();
    co_await base::wait_for(*timer, time_.now() + until_seen);
    journal_result<T> result =
        fails ? journal_result<T>(broken()) : journal_result<T>(work(store_));
    if (until_answered > std::chrono::milliseconds(0)) {
        co_await base::wait_for(*timer, time_.now() + until_answered);
    }
    co_return result;
}

namespace {

// The work of a write; tell() gets its answer when that is delivered.
template <class Do>
struct silent_work : Do {
    template <class Result>
    void tell(disk&, const Result&) const {}
};
template <class Do>
silent_work(Do) -> silent_work<Do>;

struct probing {
    using harmless = void;
    journal_result<void> operator()(journal_store&) const { return {}; }
    void tell(disk&, const journal_result<void>&) const {}
};

struct adopting {
    using harmless = void;
    account_identity known;
    journal_result<void> operator()(journal_store& to) const {
        to.adopt(known);
        return {};
    }
    void tell(disk&, const journal_result<void>&) const {}
};

template <class Do>
struct settling_work : Do {
    redemption_id id;
    template <class Result>
    void tell(disk& to, const Result& result) const {
        to.settled(id, result.has_value());
    }
};

template <class Do>
struct accepting_work : Do {
    record wish;
    template <class Result>
    void tell(disk& to, const Result& result) const {
        if (result) {
            to.accepted(wish, *result);
        }
    }
};

template <class Do>
struct starting_work : Do {
    redemption_id id;
    template <class Result>
    void tell(disk& to, const Result& result) const {
        to.start_answered(id, result && std::holds_alternative<attempt_started>(*result));
    }
};

template <class Do>
starting_work<Do> starting(Do work, redemption_id id) {
    return {std::move(work), std::move(id)};
}
template <class Do>
settling_work<Do> settling(Do work, redemption_id id) {
    return {std::move(work), std::move(id)};
}
template <class Do>
accepting_work<Do> accepting(Do work, record wish) {
    return {std::move(work), std::move(wish)};
}

}  // namespace

asio::awaitable<journal_result<accept_outcome>> simulated_journal::accept(
    const record& wish, std::optional<attempt> first
) {
    return write<accept_outcome>(accepting(
        [wish, first = std::move(first)](journal_store& to) { return to.accept(wish, first); }, wish
    ));
}

asio::awaitable<journal_result<accept_outcome>> simulated_journal::restart(
    const record& wish, std::optional<attempt> first
) {
    return write<accept_outcome>(accepting(
        [wish, first = std::move(first)](journal_store& to) { return to.restart(wish, first); },
        wish
    ));
}

asio::awaitable<journal_result<start_outcome>> simulated_journal::start_attempt(
    const redemption_id& id, const attempt& started
) {
    disk_.start_asked(id);
    return write<start_outcome>(
        starting([id, started](journal_store& to) { return to.start_attempt(id, started); }, id)
    );
}

asio::awaitable<journal_result<void>> simulated_journal::settle(const settlement& what) {
    disk_.settle_asked(what.id);
    return write<void>(settling([what](journal_store& to) { return to.settle(what); }, what.id));
}

asio::awaitable<journal_result<decide_outcome>> simulated_journal::decide(
    const settlement& what, time_point seen
) {
    disk_.settle_asked(what.id);
    return write<decide_outcome>(
        settling([what, seen](journal_store& to) { return to.decide(what, seen); }, what.id)
    );
}

asio::awaitable<journal_result<std::optional<record>>> simulated_journal::find(
    const redemption_id& id
) {
    return read<std::optional<record>>([id](journal_store& from) { return from.find(id); });
}

asio::awaitable<journal_result<std::optional<record>>> simulated_journal::find_by_key(
    const caller_name& caller, const idempotency_key& key
) {
    return read<std::optional<record>>([caller, key](journal_store& from) {
        return from.find_by_key(caller, key);
    });
}

asio::awaitable<journal_result<std::vector<record>>> simulated_journal::list(
    const list_filter& filter
) {
    return read<std::vector<record>>([filter](journal_store& from) { return from.list(filter); });
}

asio::awaitable<journal_result<std::vector<record>>> simulated_journal::load_pending() {
    return read<std::vector<record>>([](journal_store& from) { return from.load_pending(); });
}

asio::awaitable<journal_result<std::vector<recorded_ban>>> simulated_journal::load_bans() {
    return read<std::vector<recorded_ban>>([](journal_store& from) { return from.load_bans(); });
}

asio::awaitable<journal_result<void>> simulated_journal::lift_bans(
    const platform_identity& identity, const std::optional<method_name>& method
) {
    return write<void>(silent_work{[identity, method](journal_store& to) {
        to.lift_bans(identity, method);
        return journal_result<void>();
    }});
}

asio::awaitable<journal_result<std::uint64_t>> simulated_journal::count_unknown() {
    return read<std::uint64_t>([](journal_store& from) { return from.count_unknown(); });
}

asio::awaitable<journal_result<std::optional<time_point>>> simulated_journal::newest_change() {
    return read<std::optional<time_point>>([](journal_store& from) { return from.newest_change(); }
    );
}

asio::awaitable<journal_result<std::vector<unconfigured_name>>>
simulated_journal::find_unconfigured(const configured_names& configured) {
    return read<std::vector<unconfigured_name>>([configured](journal_store& from) {
        return from.find_unconfigured(configured);
    });
}

asio::awaitable<journal_result<std::vector<account_identity>>> simulated_journal::account_names() {
    return read<std::vector<account_identity>>([](journal_store& from) {
        return from.account_names();
    });
}

asio::awaitable<journal_result<void>> simulated_journal::adopt(const account_identity& known) {
    return write<void>(adopting{known});
}

asio::awaitable<journal_result<void>> simulated_journal::probe() {
    return write<void>(probing());
}

asio::awaitable<journal_result<std::size_t>> simulated_journal::remove_final_before(
    time_point before, std::size_t at_most
) {
    return write<std::size_t>(silent_work{[before, at_most](journal_store& to) {
        return journal_result<std::size_t>(to.remove_final_before(before, at_most));
    }});
}

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
            fail(held_, broken());
            deliver(std::exchange(held_, {}));
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
        maybe_.reset();
        disk_.committed();
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
    busy_ = !waiting_.empty();
    if (busy_) {
        after({}, &simulated_journal::begin);
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

void simulated_journal::perform(batch& jobs) {
    for (auto& job : jobs) {
        job->perform(store_);
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
    if (disk_.doubt_stands_at_close()) {
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
}

void simulated_journal::crash(bool doubt_stands) {
    if (doubt_stands) {
        if (maybe_) {
            maybe_->on_removed = store_.on_removed;
            store_ = std::move(*maybe_);
        }
        perform(held_);
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
