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

// `client` is the connection to the account's gateway; it, `time` and `watcher` must outlive the
// account.
std::unique_ptr<account> make_account(
    redemption::account_name name,
    config::top_sign_method sign_method,
    credentials keys,
    net::http_client& client,
    base::runtime& time,
    probe& watcher
);

}  // namespace gateway::taobao
