#include "random_callers.hpp"

#include <algorithm>
#include <future>

#include "tests/flow/http_call.hpp"

namespace gateway::crash {
namespace {

using std::chrono::steady_clock;

// A wish that is not settled by then is left until finish().
constexpr std::chrono::seconds pursuit_limit{2};
constexpr std::chrono::seconds until_restarted{5};
constexpr unsigned asks_after_failed = 70;  // percent

}  // namespace

void gateway_address::set(std::uint16_t port) {
    {
        const std::lock_guard lock(mutex_);
        port_ = port;
    }
    changed_.notify_all();
}

void gateway_address::clear() {
    const std::lock_guard lock(mutex_);
    port_ = 0;
}

std::uint16_t gateway_address::wait(std::chrono::milliseconds limit) const {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [this] { return port_ != 0; });
    return port_;
}

random_callers::random_callers(std::size_t count, std::uint64_t seed, const gateway_address& where)
    : where_(where), callers_(count) {
    for (auto& one : callers_) {
        one.random.seed(seed++);
        threads_.emplace_back([this, &one] { work(one); });
    }
}

random_callers::~random_callers() {
    finish(std::chrono::milliseconds(0));
}

std::vector<story> random_callers::finish(std::chrono::milliseconds limit) {
    end_ = steady_clock::now() + limit;
    finishing_ = true;
    for (auto& one : threads_) {
        one.join();
    }
    threads_.clear();
    std::vector<story> all;
    for (auto& one : callers_) {
        std::move(one.stories.begin(), one.stories.end(), std::back_inserter(all));
        one.stories.clear();
    }
    return all;
}

void random_callers::work(caller& self) {
    while (!finishing_) {
        self.stories.push_back({.what = wishes_.next(self.random), .heard = {}});
        pursue(self, self.stories.back(), steady_clock::now() + pursuit_limit);
    }
    finish_all(self);
}

void random_callers::pursue(caller& self, story& one, steady_clock::time_point until) {
    while (steady_clock::now() < until && !finishing_) {
        ask(self, one);
        const bool again = one.last_state() == "failed" && chance(self.random, asks_after_failed);
        if (one.settled() && !again) {
            return;
        }
    }
}

void random_callers::ask(caller& self, story& one) {
    const auto drawn = self.random() % 100;
    if (drawn < 5) {
        hang_up(one);
    } else if (drawn < 10) {
        ask_twice_at_once(one);
    } else if (drawn < 25) {
        one.heard.push_back(post(one, "respond-async"));
    } else {
        one.heard.push_back(post(one, "wait=1"));
    }
}

heard_answer random_callers::post(const story& one, const std::string& prefer) {
    const auto port = where_.wait(until_restarted);
    const auto asked_at = steady_clock::now();
    if (port == 0) {
        return {};
    }
    const auto answer = flow::call(
        port,
        "POST",
        "/v1/redemptions",
        {{"Idempotency-Key", one.what.key}, {"Content-Type", "application/json"}, {"Prefer", prefer}
        },
        one.what.body
    );
    ++answers_;
    return read_answer(answer, asked_at);
}

void random_callers::ask_twice_at_once(story& one) {
    auto other = std::async(std::launch::async, [&] { return post(one, "wait=1"); });
    auto own = post(one, "wait=1");
    auto others = other.get();
    const bool own_first = own.heard_at < others.heard_at;
    one.heard.push_back(own_first ? own : others);
    one.heard.push_back(own_first ? std::move(others) : std::move(own));
}

void random_callers::hang_up(const story& one) {
    const auto port = where_.wait(until_restarted);
    try {
        flow::send_and_disconnect(
            port,
            "POST /v1/redemptions HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: " + one.what.key +
                "\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(one.what.body.size()) + "\r\n\r\n" + one.what.body
        );
    } catch (const std::exception&) {
        // The gateway ended before the request was sent.
    }
}

void random_callers::finish_all(caller& self) {
    for (auto& one : self.stories) {
        const bool answered = one.settled();
        while (!one.settled() && steady_clock::now() < end_.load()) {
            one.heard.push_back(post(one, "wait=1"));
        }
        if (answered && one.last_state() != "failed" && steady_clock::now() < end_.load()) {
            one.heard.push_back(post(one, "wait=1"));
        }
    }
}

}  // namespace gateway::crash
