#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "net/tls_server.hpp"
#include "text/sha256.hpp"

namespace gateway::server {

struct listener_keys_reading {
    std::optional<net::tls_server_context> context;  // absent if there are faults
    std::vector<std::string> faults;                 // one sentence each
    text::sha256_digest files{};                     // of the files' content, to see a change
    text::sha256_digest client_ca{};                 // of that file's
};

// Reads and proves what a listener speaks TLS with. Where no callers are configured that would
// identify clients, each client must show a certificate. Blocks on files: called at start or on a
// worker.
listener_keys_reading read_listener_keys(
    const config::tls_settings& settings, bool certificate_required
);

// The same digest as listener_keys_reading::files, without reading the keys.
text::sha256_digest digest_of_files(const config::tls_settings& settings);

}  // namespace gateway::server
