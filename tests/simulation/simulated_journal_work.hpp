#pragma once

#include <boost/asio/use_awaitable.hpp>
#include <type_traits>

#include "tests/simulation/simulated_journal.hpp"

// The calls of the simulated journal, as work that waits for its commit or its look-up. Only for
// its own files.

namespace gateway::simulation {

using namespace redemption;

inline journal_error closed() {
    return {base::fixed_text("the journal is closed")};
}
inline journal_error broken() {
    return {base::fixed_text("the simulated disk failed")};
}

// A write that waits for its commit; both functions write into the frame that `done` resumes.
struct simulated_journal::operation {
    std::function<void(journal_store&)> perform;
    std::function<void(const journal_error&)> fail;
    std::function<void()> answered;
    base::timer::completion done;
    bool harmless = false;
};

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
    store_.act_as(me_);
    journal_result<T> result =
        fails ? journal_result<T>(broken()) : journal_result<T>(work(store_));
    if (until_answered > std::chrono::milliseconds(0)) {
        co_await base::wait_for(*timer, time_.now() + until_answered);
    }
    co_return result;
}

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
        if constexpr (std::is_same_v<Result, journal_result<settle_outcome>>) {
            if (result && std::holds_alternative<not_ours>(*result)) {
                to.not_ours(id);
                return;
            }
        }
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
        if (result && std::holds_alternative<not_its_turn>(*result)) {
            to.not_its_turn(id);
        }
        to.start_answered(id, result && std::holds_alternative<attempt_started>(*result));
    }
};

struct taking {
    std::size_t at_most;
    journal_result<std::vector<record>> operator()(journal_store& from) const {
        return from.take(at_most);
    }
    void tell(disk& to, const journal_result<std::vector<record>>& result) const {
        for (const auto& one : result ? *result : std::vector<record>()) {
            to.taken(one.id);
        }
    }
};

struct telling_late {
    settlement what;
    journal_result<late_answer> operator()(journal_store& to) const { return to.tell_late(what); }
    void tell(disk& to, const journal_result<late_answer>& result) const {
        if (result) {
            to.told_late(*result);
        }
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

}  // namespace gateway::simulation
