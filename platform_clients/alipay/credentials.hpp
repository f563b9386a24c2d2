#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/secret_text.hpp"
#include "config/settings.hpp"
#include "platform_clients/alipay/certificates.hpp"
#include "platform_clients/alipay/charset.hpp"
#include "platform_clients/alipay/content_cipher.hpp"
#include "platform_clients/alipay/keys.hpp"

namespace gateway::alipay {

// All that an account needs to speak for its app; never changed once read. An attempt keeps the one
// it began with.
struct credentials {
    std::string app_id;
    sign_type type = sign_type::rsa2;
    charset text = charset::utf_8;
    private_key own;
    public_key alipays;
    base::secret_text app_auth_token;             // empty: the app acts for itself
    std::optional<content_cipher> cipher;         // present: content is encrypted
    std::optional<certificate_set> certificates;  // present: certificate mode
};

using credentials_ptr = std::shared_ptr<const credentials>;

struct credentials_reading {
    credentials_ptr read;             // null if there are faults
    std::vector<std::string> faults;  // one sentence each, naming the setting and the file
    std::vector<std::string> found;   // what --check-config prints: key formats, serial numbers
};

// Reads the account's secret files and proves the keys (sign, verify, compare). Blocks on files and
// takes milliseconds: at start, for --check-config, or on a worker. Never throws.
credentials_reading read_credentials(
    const config::alipay_settings& settings, std::chrono::system_clock::time_point now
);

}  // namespace gateway::alipay
