#include "server/app/accounts.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace gateway::server {
namespace {

net::origin origin_of(const config::gateway_url& url) {
    net::origin out;
    out.tls = url.tls;
    out.host = url.host;
    out.port = url.port;
    out.target = url.target;
    return out;
}

net::client_settings client_settings_of(
    const config::account_settings& settings,
    base::secret_text proxy_credentials,
    std::chrono::milliseconds kernel_may_send
) {
    net::client_settings out;
    out.connections = settings.limits.connections;
    out.connect_timeout = settings.timeouts.connect;
    out.unacknowledged_timeout = std::min(settings.timeouts.attempt, kernel_may_send);
    out.ca_file = settings.ca_file;
    if (settings.proxy) {
        out.proxy = net::proxy_address{
            settings.proxy->host, settings.proxy->port, std::move(proxy_credentials)
        };
    }
    return out;
}

// A quarter of a second's work for one thread; a longer wait is worse than a retry.
constexpr std::size_t most_signatures_queued = 512;

redemption::account_limits limits_of(const config::account_settings& settings) {
    redemption::account_limits out;
    out.requests_per_second = settings.limits.requests_per_second;
    // A started attempt never waits for a connection: the wait would count against its time.
    out.in_flight = std::min(settings.limits.in_flight, settings.limits.connections);
    out.queue = settings.limits.queue;
    out.breaker.faults = settings.breaker.faults;
    out.breaker.pause = settings.breaker.pause;
    out.breaker.longest_pause = settings.breaker.longest_pause;
    return out;
}

}  // namespace

void accounts::add(
    const config::account_settings& settings, account_keys keys, base::secret_text proxy_credentials
) {
    entry added;
    added.name = settings.name;
    added.pool_probe = std::make_unique<account_pool_observer>(on_.pools, settings.name);
    added.client = net::make_http_client(
        on_.loop,
        on_.resolver,
        origin_of(settings.gateway),
        client_settings_of(settings, std::move(proxy_credentials), on_.kernel_may_send),
        added.pool_probe.get()
    );
    const redemption::account_name name(settings.name);
    if (auto* alipay_keys = std::get_if<alipay::credentials_ptr>(&keys)) {
        added.signers = std::make_unique<base::worker_pool>(on_.signers, most_signatures_queued);
        added.alipay = alipay::make_account(
            name,
            settings.gateway.target,
            std::move(*alipay_keys),
            {*added.client, *added.signers, on_.alipay_probe, on_.time}
        );
        added.core.account = added.alipay.get();
    } else {
        added.taobao = taobao::make_account(
            name,
            settings.taobao.sign_method,
            std::move(std::get<taobao::credentials>(keys)),
            {*added.client, on_.taobao_probe, on_.time}
        );
        added.core.account = added.taobao.get();
    }
    added.core.limits = limits_of(settings);
    added.core.attempt_timeout = settings.timeouts.attempt;
    entries_.push_back(std::move(added));
}

void accounts::replace_keys(std::string_view name, account_keys keys) {
    for (auto& candidate : entries_) {
        if (candidate.name != name) {
            continue;
        }
        if (auto* fresh = std::get_if<alipay::credentials_ptr>(&keys)) {
            candidate.alipay->replace_credentials(std::move(*fresh));
        } else {
            candidate.taobao->replace_credentials(std::move(std::get<taobao::credentials>(keys)));
        }
    }
}

void accounts::replace_trust(std::string_view name, net::tls_client_context trust) {
    for (auto& candidate : entries_) {
        if (candidate.name == name) {
            candidate.client->replace_trust(trust);
        }
    }
}

void accounts::replace_proxy_credentials(std::string_view name, base::secret_text credentials) {
    for (auto& candidate : entries_) {
        if (candidate.name == name) {
            candidate.client->replace_proxy_credentials(std::move(credentials));
            return;
        }
    }
}

void accounts::close_idle() {
    for (auto& one : entries_) {
        one.client->close_idle();
    }
}

std::vector<redemption::account_entry> accounts::entries() const {
    std::vector<redemption::account_entry> out;
    for (const auto& one : entries_) {
        out.push_back(one.core);
    }
    return out;
}

}  // namespace gateway::server
