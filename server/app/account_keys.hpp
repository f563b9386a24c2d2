#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/settings.hpp"
#include "handlers/account_certificates.hpp"
#include "net/tls_stream.hpp"
#include "platform_clients/alipay/credentials.hpp"
#include "platform_clients/taobao/credentials.hpp"
#include "text/sha256.hpp"

namespace gateway::server {

// The proved keys with which one account signs.
using account_keys = std::variant<alipay::credentials_ptr, taobao::credentials>;

struct keys_reading {
    std::optional<account_keys> keys;                    // absent if they have faults
    std::optional<net::tls_client_context> trust;        // of a usable ca_file
    std::optional<base::secret_text> proxy_credentials;  // of a usable file
    std::vector<std::string> faults;                     // one sentence each
    std::vector<std::string> found;                      // what --check-config prints
    std::vector<handlers::certificate_facts> certificates;
    text::sha256_digest files{};  // of the secret files' content, to see a change
};

// Reads an account's secret files and proves the keys. Blocks on files: called at start or on a
// worker.
keys_reading read_keys(const config::account_settings& account);

// The readings of all accounts in their order; throws std::runtime_error with every fault of every
// key.
std::vector<keys_reading> read_all_keys(const config::settings& settings);

// The same digest as keys_reading::files, without reading the keys.
text::sha256_digest digest_of_files(const config::account_settings& account);

}  // namespace gateway::server
