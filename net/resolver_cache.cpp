#include "net/resolver_cache.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/clock.hpp"
#include "base/wait_list.hpp"

namespace gateway::net {

namespace {

using asio::ip::tcp;
using clock = std::chrono::steady_clock;

// A failed look-up is repeated after this time.
constexpr auto failure_age = std::chrono::seconds(1);
// An answer past its maximum age is still used, while a new look-up runs, up to this multiple of
// it.
constexpr int stale_ages = 10;

std::vector<tcp::endpoint> with_port(
    const std::vector<asio::ip::address>& addresses, std::uint16_t port
) {
    std::vector<tcp::endpoint> endpoints;
    for (const auto& address : addresses) {
        endpoints.emplace_back(address, port);
    }
    return endpoints;
}

// The loop, for as long as the cache exists; shared with the threads of the look-ups.
struct shared_loop {
    std::mutex guard;
    std::optional<asio::any_io_executor> executor;
};

using on_answer = std::function<void(const error_code&, std::vector<asio::ip::address>)>;

// Posts `answered` to the loop. Each look-up has a thread of its own: getaddrinfo blocks, for half
// a minute at worst, and Asio's resolver has one thread for all, so that one dead name would delay
// every other. It can't be cancelled, so that the process does not join the thread at its end;
// there are never more threads than configured names.
void look_up_on_thread(
    const std::shared_ptr<shared_loop>& loop, std::string host, on_answer answered
) {
    std::thread([loop, host = std::move(host), answered = std::move(answered)]() mutable {
        asio::io_context none;
        error_code error;
        std::vector<asio::ip::address> addresses;
        for (const auto& found : tcp::resolver(none).resolve(host, std::string(), error)) {
            addresses.push_back(found.endpoint().address());
        }
        const std::lock_guard lock(loop->guard);
        if (loop->executor) {
            asio::post(*loop->executor, [error, answered, found = std::move(addresses)]() mutable {
                answered(error, std::move(found));
            });
        }
    }).detach();
}

// Shared between the cache and the running look-ups, which may end after it.
struct cache_state {
    struct entry {
        std::vector<asio::ip::address> addresses;  // of the last look-up that succeeded
        steady_time found = steady_time::min();
        error_code failure;  // of the last look-up, if it failed
        steady_time failed = steady_time::min();
        bool looking = false;
        base::wait_list answered;
    };

    std::chrono::milliseconds max_age;
    resolver_probe* probe;  // null without a probe, and after the cache's destruction
    std::shared_ptr<shared_loop> loop = std::make_shared<shared_loop>();
    std::map<std::string, entry> entries;  // one for each configured host
};

void report(resolver_probe* probe, const std::string& host, const error_code& error) {
    if (probe == nullptr) {
        return;
    }
    if (error) {
        probe->host_not_resolved(host, error.message());
    } else {
        probe->host_resolved(host);
    }
}

void look_up(const std::shared_ptr<cache_state>& state, const std::string& host) {
    cache_state::entry& entry = state->entries[host];
    if (entry.looking) {
        return;
    }
    entry.looking = true;
    const auto keep = [state, host](const error_code& error, std::vector<asio::ip::address> found) {
        cache_state::entry& known = state->entries[host];
        known.looking = false;
        known.failure = error;
        report(state->probe, host, error);
        if (error) {
            known.failed = clock::now();
        } else {
            known.addresses = std::move(found);
            known.found = clock::now();
        }
        known.answered.notify();
    };
    try {
        look_up_on_thread(state->loop, host, keep);
    } catch (const std::system_error& no_thread) {
        keep(no_thread.code(), {});
    }
}

class background_resolver final : public resolver_cache {
public:
    background_resolver(
        asio::any_io_executor loop, std::chrono::milliseconds max_age, resolver_probe* probe
    )
        : time_(loop), state_(std::make_shared<cache_state>(max_age, probe)) {
        state_->loop->executor = std::move(loop);
    }
    ~background_resolver() override {
        const std::lock_guard lock(state_->loop->guard);
        state_->loop->executor.reset();
        state_->probe = nullptr;
    }

    asio::awaitable<resolve_result> resolve(
        const std::string& host, std::uint16_t port, steady_time deadline
    ) override;

private:
    base::system_runtime time_;
    std::shared_ptr<cache_state> state_;
};

asio::awaitable<resolve_result> background_resolver::resolve(
    const std::string& host, std::uint16_t port, steady_time deadline
) {
    resolve_result result;
    const auto literal = asio::ip::make_address(host, result.error);
    if (!result.error) {
        result.endpoints.emplace_back(literal, port);
        co_return result;
    }
    result.error = {};

    const std::shared_ptr<cache_state> state = state_;
    cache_state::entry& entry = state->entries[host];
    const steady_time asked = clock::now();
    const bool known = !entry.addresses.empty();
    if (known && asked - entry.found <= state->max_age * stale_ages) {
        const bool tried_lately = entry.failure && asked - entry.failed < failure_age;
        if (asked - entry.found > state->max_age && !tried_lately) {
            look_up(state, host);
        }
        result.endpoints = with_port(entry.addresses, port);
        co_return result;
    }
    if (entry.failure && asked - entry.failed < failure_age) {
        result.error = entry.failure;
        co_return result;
    }
    look_up(state, host);
    if (entry.looking) {
        base::system_runtime time = time_;  // the cache may be destroyed meanwhile
        co_await entry.answered.wait_until(time, deadline);
    }
    if (entry.looking) {
        result.error = asio::error::timed_out;
    } else if (entry.failure) {
        result.error = entry.failure;
    } else {
        result.endpoints = with_port(entry.addresses, port);
    }
    co_return result;
}

}  // namespace

std::unique_ptr<resolver_cache> make_resolver_cache(
    asio::any_io_executor loop, std::chrono::milliseconds max_age, resolver_probe* probe
) {
    return std::make_unique<background_resolver>(std::move(loop), max_age, probe);
}

}  // namespace gateway::net
