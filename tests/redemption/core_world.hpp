#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/task_group.hpp"
#include "memory_journal.hpp"
#include "redemption/engine/engine.hpp"
#include "tests/support/virtual_time.hpp"

namespace gateway::redemption::testing {

// A platform account that plays a script, attempt by attempt, and records what it was asked.
class scripted_account final : public platform_account {
public:
    scripted_account(base::runtime& time, std::string name, const std::string& app = "")
        : time_(time),
          name_(std::move(name)),
          identity_(redemption::identity_of(platform_kind::taobao, app.empty() ? name_.str() : app)
          ) {}
    const account_name& name() const noexcept override { return name_; }
    platform_kind platform() const noexcept override { return platform_kind::taobao; }
    const platform_identity& identity() const noexcept override { return identity_; }
    boost::asio::awaitable<attempt_outcome> attempt(attempt_request request) override;

    // Another app under the same name; before the next core is made.
    void become(const std::string& app) {
        identity_ = redemption::identity_of(platform_kind::taobao, app);
    }

    void rename(const char* name) { name_ = account_name(name); }

    std::deque<attempt_outcome> script;  // empty: executed
    std::vector<attempt_request> seen;
    std::vector<std::string> params;  // of each
    std::size_t at_once = 0;
    std::size_t most_at_once = 0;
    std::chrono::milliseconds takes{1};
    std::function<void()> during;  // called while an attempt is under way
    // The answer to an attempt with these parameters, if it depends on them; else the script's.
    std::function<std::optional<attempt_outcome>(std::string_view)> by_params;

private:
    base::runtime& time_;
    account_name name_;
    platform_identity identity_;
};

class named_method final : public platform_method {
public:
    base::fixed_text name() const noexcept override { return "test.redeem"; }
    platform_kind platform() const noexcept override { return platform_kind::taobao; }
    std::chrono::seconds default_expires_in() const noexcept override {
        return std::chrono::seconds(60);
    }
    params_reading read(const params_text& given, text::code_rule) const override {
        terms t;
        t.canonical = given;
        t.params = t.canonical;
        return t;
    }
    void complete(terms&, const derivation& from) const override {
        derived_from.push_back(
            from.identity.str() + ' ' + from.caller.str() + ' ' + from.key.str()
        );
    }

    mutable std::vector<std::string> derived_from;  // "taobao:shop pos k", …
};

class one_method_directory final : public directory {
public:
    const platform_method* method(std::string_view) const override { return &method_; }
    std::vector<base::fixed_text> method_names() const override { return {method_.name()}; }
    std::vector<account_name> accounts_for(const platform_method&) const override { return {}; }
    std::chrono::seconds expires_in(const platform_method&) const override {
        return std::chrono::seconds(60);
    }

    const std::vector<std::string>& derived_from() const { return method_.derived_from; }

private:
    named_method method_;
};

class silent_probe final : public core_probe {
public:
    void redemption_state(const record& what, std::optional<state>, std::chrono::nanoseconds age)
        override {
        ages[what.state].push_back(std::chrono::duration_cast<std::chrono::milliseconds>(age));
    }
    void operator_acted(const record& what, const history_entry& action) override {
        acted.push_back(
            action.action + ' ' + std::string(to_string(what.state)) + ' ' + action.who
        );
    }
    void attempt_finished(
        const record&, const attempt&, const attempt_outcome&, std::chrono::nanoseconds
    ) override {}
    void resolution_contradicted(const record& what, const attempt&) override {
        contradicted.push_back(what.id);
    }
    void account_paused(const account_name&, const base::redacted_text&) override { ++paused; }
    void account_resumed(const account_name&) override { ++resumed; }
    void method_paused(const account_name&, const method_name& method, const base::redacted_text&)
        override {
        paused_methods.push_back(method.str());
    }
    void method_resumed(const account_name&, const method_name& method) override {
        resumed_methods.push_back(method.str());
    }
    void account_tried(
        const account_name& account, const std::optional<method_name>&, std::string_view who
    ) override {
        tried.push_back(account.str() + " by " + std::string(who));
    }
    void breaker_opened(const account_name&, std::uint32_t, const base::redacted_text&) override {
        ++opened;
    }
    void breaker_closed(const account_name&) override { ++closed; }
    void turned_away(const account_name&, base::fixed_text reason) override {
        turned.emplace_back(reason);
    }
    void journal_trouble(const record&, const base::redacted_text&) override { ++troubles; }
    void redemptions_orphaned(const account_name& account, std::size_t pending) override {
        orphaned[account.str()].push_back(pending);
    }

    int paused = 0;
    int resumed = 0;
    int troubles = 0;
    std::map<state, std::vector<std::chrono::milliseconds>> ages;  // on entering each state
    std::vector<redemption_id> contradicted;
    std::vector<std::string> acted;  // "resolve failed ops"
    int opened = 0;
    int closed = 0;
    std::vector<std::string> tried;
    std::vector<std::string> paused_methods;
    std::vector<std::string> resumed_methods;
    std::vector<std::string> turned;                           // the reasons, one for each
    std::map<std::string, std::vector<std::size_t>> orphaned;  // as told, by account
};

// Other processes on the journal, as far as a test has any.
class scripted_fellows final : public fellowship {
public:
    boost::asio::awaitable<journal_result<fellowship_news>> keep(std::vector<account_demand> wanted
    ) override {
        demands.push_back(std::move(wanted));
        auto next = std::exchange(news, {});
        co_return next;
    }
    life_number life() const noexcept override { return now_in; }
    boot_time may_send_until(life_number started_in) const noexcept override {
        return started_in == now_in ? until : boot_time(0);
    }
    bool shared() const noexcept override { return are_there; }

    bool are_there = false;
    life_number now_in = 1;
    boot_time until = boot_forever;
    fellowship_news news;  // of the next renewal
    std::vector<std::vector<account_demand>> demands;
};

// A core over fakes, on virtual time.
struct core_world {
    core_world();
    ~core_world();

    // A wish of caller "pos".
    submission wish(std::string key, bool replay_safe = true, std::string params = "{}") const;
    submit_outcome submit(
        submission what, std::chrono::milliseconds wait = std::chrono::seconds(5)
    );
    // Runs a coroutine to its end.
    template <class T>
    T run(boost::asio::awaitable<T> task);
    // The same, but goes on at once; `result` gets what it comes to.
    template <class T>
    void start(boost::asio::awaitable<T> task, std::optional<T>& result);
    void run_for(std::chrono::milliseconds span);
    // Another process after this one died: same journal, nothing else kept.
    void restart();
    // The same, and what the journal holds is taken up.
    void restart_and_pick_up();

    // Up to `span` from now on.
    caller_wait waiting(std::chrono::milliseconds span) const { return time.now() + span; }

    support::virtual_time time;
    mutable std::uint64_t ids = 0;
    std::vector<std::string> faults;  // of tasks that ended by an exception; a test takes them
    base::task_group tasks;
    memory_journal journal{time};
    scripted_fellows fellows;
    scripted_account account{time, "shop"};
    std::vector<scripted_account*> others;  // further accounts, from the next restart on
    one_method_directory methods;
    silent_probe probe;
    std::unique_ptr<engine> core;
    std::map<caller_name, std::vector<caller_name>> formerly;  // from the next restart on
    account_limits limits{.requests_per_second = 100'000, .in_flight = 64};
};

attempt_outcome outcome(phase p, verdict v);
// A row as an earlier process left it.
record left_behind(const core_world& world, const submission& wish, const char* account, state in);

// The redemption an answer shows; none is a failure.
const record& record_of(const submit_outcome& answer);
const record& record_of(const operate_outcome& answer);

}  // namespace gateway::redemption::testing
