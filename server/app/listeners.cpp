#include "server/app/listeners.hpp"

#include <stdexcept>
#include <utility>

#include "server/app/connection_quota.hpp"
#include "server/app/key_faults.hpp"
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
    observer& observed
)
    : observer_(observed),
      api_{
          api.name,
          settings.server.api.tls,
          settings.callers.empty(),
          {loop,
           api,
           with_connections(settings.server, connection_quotas(settings, file_limit()).api),
           settings.server.api,
           api_sessions}
      },
      admin_{
          admin.name,
          settings.server.admin.tls,
          true,
          {loop,
           admin,
           with_connections(settings.server, connection_quotas(settings, file_limit()).admin),
           settings.server.admin,
           admin_sessions}
      } {
    start_tls(api_);
    start_tls(admin_);
}

void listeners::start_tls(endpoint_listener& which) {
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
    observer_.listener_certificate(which.name, reading.context->certificate().not_after);
    which.listener.set_tls({std::move(*reading.context), &handshakes_});
}

void listeners::watch(file_watcher& files) {
    for (endpoint_listener* const which : {&api_, &admin_}) {
        if (!which->tls) {
            continue;
        }
        const auto& settings = *which->tls;
        const bool required = which->certificate_required;
        files.add(check_for_change(
            which->files,
            [settings] { return digest_of_files(settings); },
            [settings, required] { return read_listener_keys(settings, required); },
            [this, which](listener_keys_reading reading) { apply(*which, std::move(reading)); }
        ));
    }
}

// A connection keeps the certificate of ours that it began with. When the CAs for client
// certificates change, existing connections end: a client that no CA vouches for any more must not
// stay by never hanging up.
void listeners::apply(endpoint_listener& which, listener_keys_reading reading) {
    if (reading.context) {
        observer_.listener_certificate(which.name, reading.context->certificate().not_after);
        which.listener.set_tls({std::move(*reading.context), &handshakes_});
        if (std::exchange(which.client_ca, reading.client_ca) != reading.client_ca) {
            which.listener.end_existing_connections();
        }
    }
    // Reported last, so that the change is in effect when it is seen.
    observer_.listener_keys_changed(which.name, shown(reading.faults));
}

}  // namespace gateway::server
