#include "net/http_client.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "net/address_memory.hpp"
#include "net/connection_pool.hpp"
#include "net/http_exchange.hpp"
#include "net/resolver_cache.hpp"
#include "net/tcp_stream.hpp"
#include "net/tls_stream.hpp"

namespace gateway::net {

namespace {

using clock = std::chrono::steady_clock;

// An address gets at least one part in so many of the remaining time, however many addresses a name
// has: a distant one needs it. The addresses that were not reached are tried first next time.
constexpr int most_shares = 3;

struct opened {
    error_code error;
    std::string detail;  // set with error
    stream_ptr stream;   // set unless error
    // The proxy has answered; another of its addresses would answer the same.
    bool refused = false;
    bool proxy_denied = false;
};

std::string bracketed(const std::string& host) {
    const bool v6 = host.find(':') != std::string::npos;
    return v6 ? "[" + host + "]" : host;
}

exchange_outcome not_sent(const error_code& error, std::string detail) {
    exchange_outcome outcome;
    outcome.error = error;
    outcome.detail = std::move(detail);
    return outcome;
}

class pooled_client final : public http_client {
public:
    pooled_client(
        asio::any_io_executor loop,
        resolver_cache& resolver,
        origin where,
        client_settings settings,
        pool_probe* probe
    )
        : resolver_(resolver),
          where_(std::move(where)),
          settings_(std::move(settings)),
          pool_(std::make_shared<connection_pool>(
              std::move(loop), pool_limits{settings_.connections, settings_.idle_timeout}, probe
          )) {
        if (where_.tls) {
            tls_.emplace(settings_.ca_file);
        }
    }
    // Leases in frames that a loop destroys may keep the pool longer.
    ~pooled_client() override { pool_->detach_probe(); }

    asio::awaitable<exchange_outcome> exchange(
        const http_request& request, const exchange_options& options
    ) override;
    std::size_t open_connections() const noexcept override { return pool_->open_connections(); }
    void close_idle() noexcept override { pool_->close_idle(); }
    void replace_trust(tls_client_context trust) override {
        if (where_.tls) {
            tls_ = std::move(trust);
            close_idle();
        }
    }
    void replace_proxy_credentials(base::secret_text credentials) override {
        if (settings_.proxy) {
            settings_.proxy->credentials = std::move(credentials);
        }
    }

private:
    asio::awaitable<opened> open(steady_time deadline);
    asio::awaitable<opened> open_at(asio::ip::tcp::endpoint address, steady_time deadline);
    asio::awaitable<opened> open_proxy_tunnel(stream_ptr plain);
    asio::awaitable<opened> open_tls(stream_ptr plain);
    // The host to which connections are opened.
    const std::string& next_host() const {
        return settings_.proxy ? settings_.proxy->host : where_.host;
    }
    std::uint16_t next_port() const {
        return settings_.proxy ? settings_.proxy->port : where_.port;
    }
    std::string next_name() const {
        return settings_.proxy ? "the proxy " + settings_.proxy->authority() : where_.authority();
    }

    resolver_cache& resolver_;  // outlives this
    origin where_;
    client_settings settings_;
    std::optional<tls_client_context> tls_;
    address_memory memory_;
    std::shared_ptr<connection_pool> pool_;
};

asio::awaitable<exchange_outcome> pooled_client::exchange(
    const http_request& request, const exchange_options& options
) {
    const std::string name = where_.authority();
    const std::optional<std::string> bytes = serialize(request, where_);
    if (!bytes) {
        co_return not_sent(
            asio::error::invalid_argument,
            "a request for " + name + " had a line break where none may be"
        );
    }
    const bool head = request.method == "HEAD";
    const exchange_limits limits{settings_.response_header_bytes, settings_.response_body_bytes};
    const steady_time acquire_deadline = clock::now() + settings_.acquire_timeout;
    const sending how = options.once ? sending::once : sending::repeatable;
    auto lease = co_await pool_->acquire(how, acquire_deadline);
    if (!lease) {
        exchange_outcome outcome =
            not_sent(asio::error::timed_out, "no connection to " + name + " became free in time");
        outcome.pool_exhausted = true;
        co_return outcome;
    }
    const steady_time begun = clock::now();
    const steady_time deadline = begun + options.limit;
    if (lease->reused() && !lease->stream().quiet()) {
        lease->attach(nullptr);
    }
    for (;;) {
        if (!lease->connected()) {
            const steady_time limit = std::min(clock::now() + settings_.connect_timeout, deadline);
            opened fresh = co_await open(limit);
            if (fresh.error) {
                exchange_outcome outcome = not_sent(fresh.error, std::move(fresh.detail));
                outcome.proxy_denied = fresh.proxy_denied;
                co_return outcome;
            }
            lease->attach(std::move(fresh.stream));
            // (A TLS server may have sent session tickets.)
            if (!tls_ && !lease->stream().quiet()) {
                const error_code error = make_error_code(boost::system::errc::protocol_error);
                co_return not_sent(error, next_name() + " closed or spoke before it was asked");
            }
        }
        if (options.send_by && base::since_boot() > options.send_by()) {
            exchange_outcome outcome = not_sent(
                asio::error::timed_out, "the time in which this process may send had passed"
            );
            outcome.too_late = true;
            co_return outcome;
        }
        lease->stream().expires_at(deadline);
        exchange_result result = co_await run_exchange(lease->stream(), *bytes, head, limits);
        const bool not_sent = result.outcome.phase == send_phase::not_sent;
        if (not_sent && lease->reused() && clock::now() < deadline) {
            // The peer closed the connection after quiet(). No byte went out, so that another
            // connection cannot repeat the request.
            lease->attach(nullptr);
            continue;
        }
        if (result.reusable) {
            lease->keep();
        }
        if (result.outcome.phase == send_phase::maybe_sent) {
            lease->stream().reset();  // or the kernel would go on sending the bytes it holds
        }
        result.outcome.begun = begun;
        if (result.outcome.error) {
            const std::string way = settings_.proxy ? " through " + next_name() : "";
            result.outcome.detail = name + way + ": " + result.outcome.detail;
        }
        co_return std::move(result.outcome);
    }
}

// Tries each address in turn with a share of the remaining time, so that one that drops packets or
// never answers a handshake does not keep the next from being tried.
asio::awaitable<opened> pooled_client::open(steady_time deadline) {
    opened result;
    const std::string looked_up =
        "looking up " + std::string(settings_.proxy ? "the proxy " : "") + next_host() + ": ";
    const resolve_result found = co_await resolver_.resolve(next_host(), next_port(), deadline);
    if (found.error) {
        result.error = found.error;
        result.detail = looked_up + found.error.message();
        co_return result;
    }
    result.error = asio::error::host_not_found;
    result.detail = looked_up + "no address";
    const auto addresses = memory_.in_order(found.endpoints, clock::now());
    auto left = static_cast<int>(addresses.size());
    for (const auto& address : addresses) {
        const steady_time now = clock::now();
        const steady_time share = now + (deadline - now) / std::min(left--, most_shares);
        result = co_await open_at(address, share);
        if (!result.error || result.refused) {
            memory_.on_success(address);
            break;
        }
        memory_.on_failure(address, clock::now());
    }
    co_return result;
}

asio::awaitable<opened> pooled_client::open_at(
    asio::ip::tcp::endpoint address, steady_time deadline
) {
    opened result;
    connect_result tried =
        co_await connect_tcp(address, deadline, settings_.unacknowledged_timeout);
    if (tried.error) {
        result.error = tried.error;
        result.detail = "connecting to " + next_name() + " (" + address.address().to_string() +
                        "): " + tried.error.message();
        co_return result;
    }
    result.stream = std::move(tried.stream);
    if (settings_.proxy) {
        result = co_await open_proxy_tunnel(std::move(result.stream));
    }
    if (!result.error && tls_) {
        result = co_await open_tls(std::move(result.stream));
    }
    co_return result;
}

// A failure before the tunnel stands is nothing that the origin has seen.
asio::awaitable<opened> pooled_client::open_proxy_tunnel(stream_ptr plain) {
    opened result;
    const std::string target = where_.host_and_port();
    const tunnel_result tunnel = co_await open_tunnel(*plain, target, settings_.proxy->credentials);
    if (!tunnel.error) {
        result.stream = std::move(plain);
        co_return result;
    }
    result.error = tunnel.error;
    result.detail = next_name() + ", asked for a tunnel to " + target + ", " + tunnel.detail;
    result.refused = tunnel.status != 0;
    result.proxy_denied = tunnel.status == 407;
    co_return result;
}

asio::awaitable<opened> pooled_client::open_tls(stream_ptr plain) {
    opened result;
    tls_result shaken = co_await connect_tls(std::move(plain), *tls_, where_.host);
    result.error = shaken.error;
    result.stream = std::move(shaken.stream);
    if (result.error) {
        const std::string why = shaken.reason.empty() ? result.error.message() : shaken.reason;
        const std::string way = settings_.proxy ? " through " + next_name() : "";
        result.detail = "TLS handshake with " + where_.authority() + way + ": " + why;
    }
    co_return result;
}

}  // namespace

std::string origin::authority() const {
    const std::uint16_t usual = tls ? 443 : 80;
    return port == usual ? bracketed(host) : host_and_port();
}

std::string origin::host_and_port() const {
    return bracketed(host) + ":" + std::to_string(port);
}

std::unique_ptr<http_client> make_http_client(
    asio::any_io_executor loop,
    resolver_cache& resolver,
    origin where,
    client_settings settings,
    pool_probe* probe
) {
    return std::make_unique<pooled_client>(
        std::move(loop), resolver, std::move(where), std::move(settings), probe
    );
}

}  // namespace gateway::net
