#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "simulator/rsa.hpp"
#include "simulator/settings.hpp"

namespace simulator {

// One application with its loaded keys.
struct alipay_credentials {
    alipay_app app;
    rsa_key platform_key;
    std::optional<rsa_key> app_key;  // nothing: the application never uploaded one
    // The serial numbers are empty outside certificate mode.
    std::string app_cert_sn;
    std::string root_cert_sn;
    std::string platform_cert_sn;
    std::map<std::string, std::string> certificates;  // PEM by SN, for the download call
    std::string aes_key;                              // raw bytes; empty: no encryption

    bool certificate_mode() const noexcept { return !app_cert_sn.empty(); }
};

// Throws `std::runtime_error` naming the application and the invalid file.
alipay_credentials load_alipay_credentials(const alipay_app& app);

}  // namespace simulator
