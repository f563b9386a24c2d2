#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <map>
#include <string>
#include <variant>

#include "base/clock.hpp"
#include "base/redacted_text.hpp"
#include "base/wait_list.hpp"
#include "base/worker_pool.hpp"
#include "net/http_client.hpp"
#include "platform_clients/alipay/credentials.hpp"
#include "platform_clients/alipay/probe.hpp"

namespace gateway::alipay {

// Finds the key that an answer was signed with, by the answer's alipay_cert_sn. Alipay re-issues
// its certificate while the account runs; an unknown one is fetched with
// alipay.open.app.alipaycert.download, once for all of its waiters, and a serial number that led
// nowhere is not asked for again for a while. Loop thread only.
class certificate_finder {
public:
    // The references must outlive the finder. `target` is the gateway's path (and query).
    certificate_finder(
        redemption::account_name account,
        std::string target,
        net::http_client& client,
        base::worker_pool& workers,
        alipay::probe& probe,
        base::runtime& time
    );

    // The alternative is one sentence saying why there is no key. Ends by `deadline`.
    using found = std::variant<base::redacted_text, public_key>;
    boost::asio::awaitable<found> find(
        credentials_ptr keys, std::string sn, net::steady_time deadline
    );

private:
    struct known {
        found result;
        net::steady_time valid_until;
    };

    // What was learned under these credentials; others may trust other roots.
    void use(const credentials_ptr& keys);
    const found* remembered(const std::string& sn) const;
    void remember(const credentials_ptr& keys, const std::string& sn, const found& result);
    boost::asio::awaitable<found> fetch(
        credentials_ptr keys, std::string sn, net::steady_time deadline
    );
    // Notifies the waiters for it.
    void end_download(const std::string& sn);
    boost::asio::awaitable<found> download(
        credentials_ptr keys, std::string sn, net::steady_time deadline
    );

    const redemption::account_name account_;
    const std::string target_;
    net::http_client& client_;
    base::worker_pool& workers_;
    probe& probe_;
    base::runtime& time_;
    credentials_ptr learned_for_;
    std::map<std::string, known> learned_;
    std::map<std::string, base::wait_list> under_way_;  // by serial number
};

}  // namespace gateway::alipay
