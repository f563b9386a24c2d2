#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform_clients/alipay/armour.hpp"

// Alipay's certificate serial numbers: lower-case hexadecimal MD5 of the issuer's name and the
// decimal serial number (open platform docs, "证书SN"). Read from the DER directly: the real root
// bundle holds certificates that a crypto library may refuse.

namespace gateway::alipay {

// Of one certificate in DER; nothing if it can't be read.
std::optional<std::string> certificate_sn(std::string_view der);

// alipay_root_cert_sn: of each certificate whose signature algorithm is of the RSA family, in file
// order, joined by `_`. Certificates that can't be read are passed over; empty if none is left.
std::string root_certificate_sn(const std::vector<der_block>& bundle);

}  // namespace gateway::alipay
