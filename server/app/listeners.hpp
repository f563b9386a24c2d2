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
    // `api` and `admin` refer to, both groups and `watched` outlive this.
    listeners(
        boost::asio::any_io_executor loop,
        const config::settings& settings,
        const endpoint& api,
        const endpoint& admin,
        base::task_group& api_sessions,
        base::task_group& admin_sessions,
        observer& watched
    );

    // Has changed certificates taken up; this outlives the watch's run.
    void watch(key_watch& files);

    http_listener& api() noexcept { return api_.listener; }
    http_listener& admin() noexcept { return admin_.listener; }

private:
    struct door {
        std::string_view name;
        std::optional<config::tls_settings> tls;
        bool certificate_required;  // nothing else tells its clients apart
        http_listener listener;
        text::sha256_digest files{};
        text::sha256_digest client_ca{};
    };

    void open(door& which);
    void take(door& which, listener_keys_reading reading);

    observer& watched_;
    // A third of a second's work; more would be answered too late for their clients to wait.
    static constexpr std::size_t most_handshakes_queued = 512;

    // Handshakes only, so that a flood of them delays no redemption's signature.
    base::worker_pool handshakes_{1, most_handshakes_queued};
    door api_;
    door admin_;
};

}  // namespace gateway::server
