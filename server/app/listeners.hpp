#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "base/task_group.hpp"
#include "config/settings.hpp"
#include "server/app/file_watcher.hpp"
#include "server/app/listener_keys.hpp"
#include "server/http/http_listener.hpp"
#include "server/observe/observer.hpp"

namespace gateway::server {

// The API and the admin listener, each with its certificate where it speaks TLS.
class listeners {
public:
    // Binds at once; throws std::exception with one sentence for what keeps it from listening. What
    // `api` and `admin` refer to, both groups and `observed` outlive this.
    listeners(
        boost::asio::any_io_executor loop,
        const config::settings& settings,
        const endpoint& api,
        const endpoint& admin,
        base::task_group& api_sessions,
        base::task_group& admin_sessions,
        observer& observed
    );

    // Has changed certificates applied; this outlives the watcher's run.
    void watch(file_watcher& files);

    http_listener& api() noexcept { return api_.listener; }
    http_listener& admin() noexcept { return admin_.listener; }

private:
    struct endpoint_listener {
        base::fixed_text name;
        std::optional<config::tls_settings> tls;
        bool certificate_required;  // nothing else identifies its clients
        http_listener listener;
        text::sha256_digest files{};
        text::sha256_digest client_ca{};
    };

    void start_tls(endpoint_listener& which);
    void apply(endpoint_listener& which, listener_keys_reading reading);

    observer& observer_;
    // A third of a second's work; clients would not wait for more.
    static constexpr std::size_t most_handshakes_queued = 512;

    // Handshakes only, so that a flood of them delays no redemption's signature.
    base::worker_pool handshakes_{1, most_handshakes_queued};
    endpoint_listener api_;
    endpoint_listener admin_;
};

}  // namespace gateway::server
