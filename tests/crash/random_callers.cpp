#include "random_callers.hpp"

#include <poll.h>

#include <algorithm>
#include <future>
#include <utility>

#include "tests/flow/http_call.hpp"

namespace gateway::crash {
namespace {

using std::chrono::steady_clock;

// A wish that is not settled by then is left until finish().
constexpr std::chrono::seconds pursuit_limit{2};
constexpr std::chrono::seconds until_restarted{5};
constexpr unsigned asks_after_failed = 70;  // percent
constexpr int pause_after_503_ms = 20;

}  // namespace

void gateway_address::set(std::uint16_t port, std::size_t gateway) {
    {
        const std::lock_guard lock(mutex_);
        ports_.at(gateway) = port;
    }
    changed_.notify_all();
}

void gateway_address::clear(std::size_t gateway) {
    const std::lock_guard lock(mutex_);
    ports_.at(gateway) = 0;
}

std::size_t gateway_address::serving() const {
    return ports_.size() - static_cast<std::size_t>(std::count(ports_.begin(), ports_.end(), 0));
}

std::uint16_t gateway_address::wait(std::chrono::milliseconds limit, std::size_t drawn) const {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, limit, [this] { return serving() != 0; })) {
        return 0;
    }
    auto left = drawn % serving();
    for (const auto port : ports_) {
        if (port != 0 && left-- == 0) {
            return port;
        }
    }
    return 0;
}

random_callers::random_callers(
    std::size_t count,
    std::uint64_t seed,
    const gateway_address& where,
    std::chrono::seconds patience
)
    : where_(where), patience_(patience), callers_(count) {
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
    const auto kind = self.random() % 100;
    const auto drawn = self.random();
    if (kind < 5) {
        hang_up(one, drawn);
    } else if (kind < 10) {
        ask_twice_at_once(one, drawn);
    } else if (kind < 25) {
        one.heard.push_back(post(one, "respond-async", drawn));
    } else {
        one.heard.push_back(post(one, "wait=1", drawn));
    }
}

heard_answer random_callers::post(const story& one, const std::string& prefer, std::size_t drawn) {
    const auto port = where_.wait(until_restarted, drawn);
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
        one.what.body,
        patience_
    );
    ++answers_;
    if (answer.status == 503) {
        poll(nullptr, 0, pause_after_503_ms);
    }
    return read_answer(answer, asked_at);
}

void random_callers::ask_twice_at_once(story& one, std::size_t drawn) {
    auto other = std::async(std::launch::async, [&] { return post(one, "wait=1", drawn + 1); });
    auto own = post(one, "wait=1", drawn);
    auto others = other.get();
    const bool own_first = own.heard_at < others.heard_at;
    one.heard.push_back(own_first ? own : others);
    one.heard.push_back(own_first ? std::move(others) : std::move(own));
}

void random_callers::hang_up(const story& one, std::size_t drawn) {
    const auto port = where_.wait(until_restarted, drawn);
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

// What is not settled comes first: a long run has more stories than the time allows to ask about
// again.
void random_callers::finish_all(caller& self) {
    std::vector<story*> settled;
    for (auto& one : self.stories) {
        if (one.settled()) {
            settled.push_back(&one);
        }
        while (!one.settled() && steady_clock::now() < end_.load()) {
            one.heard.push_back(post(one, "wait=1", self.random()));
        }
    }
    for (auto* one : settled) {
        if (one->last_state() != "failed" && steady_clock::now() < end_.load()) {
            one->heard.push_back(post(*one, "wait=1", self.random()));
        }
    }
}

}  // namespace gateway::crash
