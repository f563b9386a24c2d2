#include "tests/simulation/process.hpp"

#include <algorithm>

namespace gateway::simulation {

using namespace redemption;
using std::chrono::milliseconds;

namespace {

constexpr std::chrono::seconds answers_by{5};
constexpr std::chrono::minutes drains_within{3};

}  // namespace

process::process(
    std::size_t number,
    scenario& of,
    oracle& judge,
    const simulated_methods& methods,
    const std::deque<account_slot>& slots,
    std::deque<platform_side>& sides
)
    : number_(number),
      scenario_(of),
      judge_(judge),
      time_(of.timeline, of.random.bits()),
      journal_(time_, of.store, *this, *this, of.shared()) {
    std::vector<account_entry> entries;
    time_.shift_wall(of.wall_offset);
    for (const auto& slot : slots) {
        if (!slot.configured) {
            continue;
        }
        const auto& account = accounts_.emplace_back(std::make_shared<simulated_account>(
            number, of, judge, slot.name, sides[slot.side], time_
        ));
        entries.push_back({
            .account = account.get(),
            .limits = of.settings.limits,
            .attempt_timeout = std::chrono::seconds(10),
        });
    }
    core_context context{
        .time = time_,
        .journal = journal_,
        .fellows = journal_.fellows(),
        .methods = methods,
        .probe = *this,
        .spawn = [this](boost::asio::awaitable<void> task) { spawn(std::move(task)); },
        .most_callers = of.settings.most_callers,
    };
    if (!of.formerly.empty()) {
        context.formerly[of.caller] = of.formerly;
    }
    engine_ = make_engine(std::move(context), std::move(entries));
    housekeeping::settings how;
    how.retention = of.settings.retention;
    how.sweep_every = std::chrono::seconds(10);
    if (of.settings.retention < std::chrono::hours(1)) {
        how.first_sweep_after = std::chrono::seconds(10);
    }
    keeping_ = std::make_unique<housekeeping>(time_, journal_, how, housekeeping::observers{});
}

process::~process() {
    kill();
}

void process::kill(bool doubt_stands) {
    if (closed_ && engine_ == nullptr) {
        return;
    }
    closed_ = true;
    up_ = false;
    if (journal_.in_doubt()) {
        scenario_.reached.count(
            doubt_stands ? seen::doubt_found_by_next_start : seen::doubt_gone_with_crash
        );
    }
    if (journal_.answered_in_doubt() && doubt_stands) {
        scenario_.reached.count(seen::answered_doubt_found_by_next_start);
    }
    if (journal_.unanswered()) {
        scenario_.reached.count(seen::crash_before_answer);
    }
    if (stuck_) {
        scenario_.reached.count(
            doubt_stands ? seen::hang_found_by_next_start : seen::killed_while_hanging
        );
    }
    journal_.crash(doubt_stands);
    time_.drop();
    keeping_.reset();
    engine_.reset();
}

void process::start() {
    judge_.on_start(number_);
    pick_up();
}

void process::pick_up() {
    call(engine_->pick_up(), [this](const journal_result<std::size_t>& taken) {
        if (!taken) {
            scenario_.note("gateway", "cannot pick up: ", taken.error().reason);
            closed_ = true;  // the journal is opened anew
            return;
        }
        scenario_.note("gateway", "picked up ", *taken);
        for (const auto& health : engine_->accounts()) {
            if (!health.bans.empty()) {
                scenario_.reached.count(seen::ban_persisted);
            }
        }
        up_ = true;
        for (const auto run : {&housekeeping::watch_trouble, &housekeeping::sweep}) {
            ++keepers_;
            boost::asio::co_spawn(
                time_.executor(),
                ((*keeping_).*run)(),
                [this](const std::exception_ptr& fault) {
                    --keepers_;
                    if (fault) {
                        failed(fault);
                    }
                }
            );
        }
    });
}

void process::spawn(boost::asio::awaitable<void> task) {
    ++tasks_;
    boost::asio::co_spawn(
        time_.executor(),
        std::move(task),
        [this](const std::exception_ptr& fault) {
            --tasks_;
            if (fault) {
                failed(fault);
            }
        }
    );
}

void process::failed(const std::exception_ptr& fault) {
    try {
        std::rethrow_exception(fault);
    } catch (const std::exception& error) {
        // No configuration allows a retention as short as some worlds have it.
        const std::string_view what = error.what();
        const bool removed = what.find("holds no redemption") != std::string_view::npos;
        if (removed && scenario_.settings.retention < std::chrono::hours(1)) {
            scenario_.note("gateway", what);
            return;
        }
        scenario_.broke("a task failed: ", error.what());
    }
}

void process::drain() {
    if (!up_ || draining_) {
        return;
    }
    scenario_.note("gateway", "drains");
    scenario_.reached.count(seen::drain);
    draining_ = true;
    drained_by_ = time_.now() + drains_within;
    engine_->begin_drain(time_.now() + answers_by);
    look_whether_drained();
}

void process::look_whether_drained() {
    const bool done = tasks_ == 0 && open_calls_ == 0;
    if (!done && time_.now() < drained_by_) {
        std::shared_ptr<base::timer> timer = time_.make_timer();
        auto& started = *timer;
        started.start(time_.now() + milliseconds(200), [this, timer = std::move(timer)] {
            look_whether_drained();
        });
        return;
    }
    if (stuck_) {
        closed_ = true;
        return;
    }
    if (!done && !scenario_.trouble) {
        scenario_.broke("a drain does not end");
    }
    if (done && engine_->at_work() > 0) {
        scenario_.broke("drained, and still at work");
    }
    scenario_.store.for_each([&](const record& row) {
        if (row.state == state::pending) {
            scenario_.reached.count(seen::parked);
        }
    });
    scenario_.note("gateway", "is drained");
    keeping_->stop();
    if (done && !time_.is_paused()) {
        check_drained();
    }
    journal_.close();
    closed_ = true;
}

// What the process was asked to end in time made nothing doubtful.
void process::check_drained() {
    if (!scenario_.shared()) {
        return;
    }
    scenario_.store.for_each([&](const record& row) {
        const bool open = !row.attempts.empty() && !row.attempts.back().finished_at;
        if (open && row.state == state::pending && journal_.owns(row.id) &&
            !judge_.was_broken_off(row)) {
            scenario_.broke("drained, and an attempt is open: ", row.key.str());
        }
    });
}

void process::secrets_changed(const account_name& name) {
    const auto health = engine_->accounts();
    const auto paused = std::any_of(health.begin(), health.end(), [&](const auto& one) {
        return one.name == name && one.paused && one.in_flight > 0;
    });
    if (paused) {
        scenario_.reached.count(seen::probe_met_new_secrets);
    }
    scenario_.note("operator", "new secrets for ", name.str());
    engine_->secrets_changed(name);
}

void process::demands_lifted(const account_name& account) {
    const auto named = std::find_if(accounts_.begin(), accounts_.end(), [&](const auto& one) {
        return one->name() == account;
    });
    for (const auto& one : accounts_) {
        if (named != accounts_.end() && one->identity() == (*named)->identity()) {
            one->try_now();
        }
    }
}

bool process::idle() const {
    const std::size_t keepers = scenario_.shared() ? 1 : 0;  // of its lease
    return up_ && !draining_ && !time_.is_paused() && tasks_ <= keepers &&
           engine_->at_work() == 0 && journal_.idle();
}

void process::check_idle() {
    for (const auto& health : engine_->accounts()) {
        if (health.in_flight != 0 || health.waiting != 0) {
            scenario_.broke(
                "a permit or a ticket is left at ",
                health.name.str(),
                ": ",
                health.in_flight,
                " in flight, ",
                health.waiting,
                " waiting"
            );
        }
    }
}

void process::redemption_state(
    const record& what, std::optional<state> before, std::chrono::nanoseconds age
) {
    if (age < std::chrono::nanoseconds(0)) {
        scenario_.broke("a duration is negative: ", what.key.str());
    }
    scenario_.note(
        "gateway",
        what.key.str(),
        " (",
        what.params.reveal(),
        ") is ",
        to_string(what.state),
        what.error ? ": " : "",
        what.error ? std::string_view(what.error->detail) : std::string_view()
    );
    const auto reach = [&](seen one) {
        scenario_.reached.count(one);
    };
    const auto said = [&](std::string_view words) {
        return what.error && what.error->detail.view().find(words) != std::string::npos;
    };
    if (what.state == state::pending && before == state::failed) {
        reach(seen::started_over);
    }
    if (what.state == state::failed && said("gave up when")) {
        reach(seen::expired);
    }
    if (what.error && what.error->kind) {
        reach(seen::total_overtaken);
    }
    if (what.state != state::unknown || !before) {
        return;
    }
    if (said("stopped during")) {
        reach(seen::unknown_by_restart);
    } else if (said("an earlier attempt may")) {
        reach(seen::unknown_by_refusal);
    } else {
        reach(seen::unknown_by_ambiguous);
    }
}

void process::account_paused(const account_name& account, const base::redacted_text& why) {
    scenario_.note("gateway", account.str(), " pauses: ", why);
    scenario_.reached.count(seen::account_paused);
}

void process::account_resumed(const account_name& account) {
    scenario_.note("gateway", account.str(), " resumes");
    scenario_.reached.count(seen::account_resumed);
}

void process::method_paused(
    const account_name& account, const method_name& method, const base::redacted_text& why
) {
    scenario_.note("gateway", account.str(), " pauses ", method.str(), ": ", why);
    scenario_.reached.count(seen::method_paused);
}

void process::method_resumed(const account_name& account, const method_name& method) {
    scenario_.note("gateway", account.str(), " resumes ", method.str());
    scenario_.reached.count(seen::method_resumed);
}

void process::
    breaker_opened(const account_name& account, std::uint32_t, const base::redacted_text&) {
    scenario_.note("gateway", account.str(), " opens its breaker");
    scenario_.reached.count(seen::breaker_opened);
}

void process::breaker_closed(const account_name& account) {
    scenario_.note("gateway", account.str(), " closes its breaker");
    scenario_.reached.count(seen::breaker_closed);
}

void process::turned_away(const account_name&, base::fixed_text reason) {
    scenario_.note("gateway", "refuses for ", std::string(reason));
    scenario_.reached.count(seen::saturated);
}

}  // namespace gateway::simulation
