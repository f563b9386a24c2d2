#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

#include "base/worker_pool.hpp"
#include "config/settings.hpp"
#include "net/http_client.hpp"
#include "net/resolver_cache.hpp"
#include "platform_clients/alipay/account.hpp"
#include "platform_clients/taobao/account.hpp"
#include "redemption/engine/engine.hpp"
#include "server/app/account_keys.hpp"
#include "server/app/probes.hpp"

namespace gateway::server {

// The parts on which accounts are built; each outlives them.
struct account_foundation {
    boost::asio::any_io_executor loop;
    net::resolver_cache& resolver;
    base::runtime& time;
    base::worker_pool& signers;  // their threads; each account queues for them on its own
    alipay::probe& alipay_probe;
    taobao::probe& taobao_probe;
    observer& pools;  // of each account's connections
    // The kernel sends no byte of an attempt later than so: another replica may have taken over.
    std::chrono::milliseconds kernel_may_send = std::chrono::milliseconds::max();
};

// The configured accounts, each with a connection pool of its own, so that none delays another.
class accounts {
public:
    explicit accounts(account_foundation on) : on_(std::move(on)) {}

    void add(
        const config::account_settings& settings,
        account_keys keys,
        base::secret_text proxy_credentials
    );
    // From the next attempt on, `name` signs with `keys`.
    void replace_keys(std::string_view name, account_keys keys);
    // From the next connection on, `name` verifies its platform with `trust`.
    void replace_trust(std::string_view name, net::tls_client_context trust);
    // From the next connection on, `name` shows its proxy `credentials`.
    void replace_proxy_credentials(std::string_view name, base::secret_text credentials);
    std::vector<redemption::account_entry> entries() const;
    // Closes the idle connections; each would keep the loop running for a while.
    void close_idle();

private:
    struct entry {
        std::string name;
        redemption::account_entry core;
        std::unique_ptr<account_pool_observer> pool_probe;
        std::unique_ptr<net::http_client> client;
        std::unique_ptr<base::worker_pool> signers;
        std::unique_ptr<alipay::account> alipay;  // one of the two
        std::unique_ptr<taobao::account> taobao;
    };

    account_foundation on_;
    std::vector<entry> entries_;
};

}  // namespace gateway::server
