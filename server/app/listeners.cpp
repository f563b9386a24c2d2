#include "server/app/listeners.hpp"

#include <stdexcept>
#include <utility>

#include "server/app/connection_quota.hpp"
#include "server/observe/process_usage.hpp"

namespace gateway::server {
namespace {

config::server_settings with_connections(config::server_settings settings, std::size_t most) {
    settings.max_connections = most;
    return settings;
}

}  // namespace

listeners::listeners(
    boost::asio::any_io_executor loop,
    const config::settings& settings,
    const endpoint& api,
    const endpoint& admin,
    base::task_group& api_sessions,
    base::task_group& admin_sessions,
    observer& watched
)
    : watched_(watched),
      api_{
          api.name,
          settings.server.api.tls,
          settings.callers.empty(),
          {loop,
           api,
           with_connections(settings.server, share_files(settings, file_limit()).api),
           settings.server.api,
           api_sessions}
      },
      admin_{
          admin.name,
          settings.server.admin.tls,
          true,
          {loop,
           admin,
           with_connections(settings.server, share_files(settings, file_limit()).admin),
           settings.server.admin,
           admin_sessions}
      } {
    open(api_);
    open(admin_);
}

void listeners::open(door& which) {
    if (!which.tls) {
        return;
    }
    auto reading = read_listener_keys(*which.tls, which.certificate_required);
    if (!reading.context) {
        std::string faults;
        for (const auto& fault : reading.faults) {
            faults += (faults.empty() ? "" : "; ") + fault;
        }
        throw std::runtime_error("server." + std::string(which.name) + ".tls: " + faults);
    }
    which.files = reading.files;
    which.client_ca = reading.client_ca;
    watched_.listener_certificate(which.name, reading.context->certificate().not_after);
    which.listener.speak_tls({std::move(*reading.context), &handshakes_});
}

void listeners::watch(key_watch& files) {
    for (door* const which : {&api_, &admin_}) {
        if (!which->tls) {
            continue;
        }
        const auto& settings = *which->tls;
        const bool required = which->certificate_required;
        files.add(look_for_change(
            which->files,
            [settings] { return digest_of_files(settings); },
            [settings, required] { return read_listener_keys(settings, required); },
            [this, which](listener_keys_reading reading) { take(*which, std::move(reading)); }
        ));
    }
}

// Connections keep the certificate of ours that they began with. When other CAs count for those of
// clients, they end: whom none vouches for any more must not stay by never hanging up.
void listeners::take(door& which, listener_keys_reading reading) {
    if (reading.context) {
        watched_.listener_certificate(which.name, reading.context->certificate().not_after);
        which.listener.speak_tls({std::move(*reading.context), &handshakes_});
        if (std::exchange(which.client_ca, reading.client_ca) != reading.client_ca) {
            which.listener.end_earlier_connections();
        }
    }
    // Who hears of it can rely on it.
    watched_.listener_keys_changed(which.name, reading.faults);
}

}  // namespace gateway::server
