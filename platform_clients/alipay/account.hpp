#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/worker_pool.hpp"
#include "net/http_client.hpp"
#include "platform_clients/alipay/credentials.hpp"
#include "platform_clients/alipay/probe.hpp"
#include "redemption/platform_method.hpp"

namespace gateway::alipay {

// One configured Alipay app. Loop thread only.
class account : public redemption::platform_account {
public:
    // From the next attempt on; running attempts keep the credentials they began with.
    virtual void replace_credentials(credentials_ptr fresh) = 0;
};

// The parts on which an account is built; all of them must outlive it.
struct account_parts {
    net::http_client& client;    // of the account's gateway
    base::worker_pool& signers;  // signs and verifies
    alipay::probe& probe;
    base::runtime& time;  // for timestamps, certificates and waits
};

// `target` is the gateway URL's path (and query).
std::unique_ptr<account> make_account(
    redemption::account_name name, std::string target, credentials_ptr keys, account_parts parts
);

}  // namespace gateway::alipay
