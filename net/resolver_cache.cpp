#include "net/resolver_cache.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace gateway::net {

namespace {

using asio::ip::tcp;
using clock = std::chrono::steady_clock;

// A name that can't be found is asked for again this soon.
constexpr auto failure_age = std::chrono::seconds(1);
// An answer past its age is still used, while a new look-up runs, until it is this many times as
// old.
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

// The way back to the loop, for as long as there is one.
struct way_back {
    std::mutex guard;
    std::optional<asio::any_io_executor> loop;
};

using answer = std::function<void(const error_code&, std::vector<asio::ip::address>)>;

// `answered` runs on the loop. Each look-up has a thread of its own: getaddrinfo blocks, for half a
// minute at worst, and Asio's resolver has one thread for all, so that one dead name would hold up
// every other. It can't be cancelled, so the process does not wait for it when it ends; there are
// never more than names configured.
void ask(const std::shared_ptr<way_back>& back, std::string host, answer answered) {
    std::thread([back, host = std::move(host), answered = std::move(answered)]() mutable {
        asio::io_context none;
        error_code error;
        std::vector<asio::ip::address> addresses;
        for (const auto& found : tcp::resolver(none).resolve(host, std::string(), error)) {
            addresses.push_back(found.endpoint().address());
        }
        const std::lock_guard lock(back->guard);
        if (back->loop) {
            asio::post(*back->loop, [error, answered, found = std::move(addresses)]() mutable {
                answered(error, std::move(found));
            });
        }
    }).detach();
}

// Shared between the cache and the look-ups under way, which may end after it.
struct cache_state {
    struct entry {
        std::vector<asio::ip::address> addresses;  // of the last look-up that succeeded
        steady_time found = steady_time::min();
        error_code failure;  // of the last look-up, if it failed
        steady_time failed = steady_time::min();
        bool looking = false;
        std::vector<asio::steady_timer*> waiting;  // each stands in the frame that waits on it
    };

    std::chrono::milliseconds max_age;
    resolver_probe* probe;  // null if there is none, or the cache is gone
    std::shared_ptr<way_back> back = std::make_shared<way_back>();
    std::map<std::string, entry> entries;  // as many as the configuration names hosts
};

void tell(resolver_probe* probe, const std::string& host, const error_code& error) {
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
        tell(state->probe, host, error);
        if (error) {
            known.failed = clock::now();
        } else {
            known.addresses = std::move(found);
            known.found = clock::now();
        }
        for (asio::steady_timer* waiter : known.waiting) {
            waiter->cancel();
        }
    };
    try {
        ask(state->back, host, keep);
    } catch (const std::system_error& no_thread) {
        keep(no_thread.code(), {});
    }
}

// One request in a name's line, for as long as it waits.
class place_in_line {
public:
    place_in_line(std::vector<asio::steady_timer*>& line, asio::steady_timer& timer)
        : line_(line), timer_(&timer) {
        line_.push_back(timer_);
    }
    ~place_in_line() { std::erase(line_, timer_); }
    place_in_line(const place_in_line&) = delete;
    place_in_line& operator=(const place_in_line&) = delete;

private:
    std::vector<asio::steady_timer*>& line_;
    asio::steady_timer* timer_;
};

class background_resolver final : public resolver_cache {
public:
    background_resolver(
        asio::any_io_executor loop, std::chrono::milliseconds max_age, resolver_probe* probe
    )
        : loop_(std::move(loop)), state_(std::make_shared<cache_state>(max_age, probe)) {
        state_->back->loop = loop_;
    }
    ~background_resolver() override {
        const std::lock_guard lock(state_->back->guard);
        state_->back->loop.reset();
        state_->probe = nullptr;
    }

    asio::awaitable<resolve_result> resolve(
        const std::string& host, std::uint16_t port, steady_time deadline
    ) override;

private:
    asio::any_io_executor loop_;
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
    asio::steady_timer answered(loop_, deadline);
    const place_in_line place(entry.waiting, answered);
    look_up(state, host);
    if (entry.looking) {
        co_await answered.async_wait(asio::as_tuple(asio::use_awaitable));
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
