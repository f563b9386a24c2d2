#pragma once

#include <memory>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "net/http_client.hpp"
#include "platform_clients/taobao/credentials.hpp"
#include "platform_clients/taobao/probe.hpp"
#include "redemption/platform_method.hpp"

namespace gateway::taobao {

// One TOP app (with its session) as the core sees it.
class account : public redemption::platform_account {
public:
    // From the next attempt on; running attempts keep the credentials they began with.
    virtual void replace_credentials(credentials keys) = 0;
};

// The parts on which an account is built; all of them must outlive it.
struct account_parts {
    net::http_client& client;  // of the account's gateway
    taobao::probe& probe;
    base::runtime& time;  // for timestamps
};

std::unique_ptr<account> make_account(
    redemption::account_name name,
    config::top_sign_method sign_method,
    credentials keys,
    account_parts parts
);

}  // namespace gateway::taobao
