#pragma once

#include <string>
#include <vector>

#include "simulator/time_text.hpp"

// Alipay's certificate serial numbers (SN): MD5 over the issuer name and the decimal serial number,
// both in the text form that the platform's Java server produces.

namespace simulator {

// Returns the SN of the first certificate of the PEM text; throws `std::runtime_error` naming
// `what` when the text holds none.
std::string certificate_sn(const std::string& pem, const std::string& what);
// Returns the SNs of the certificates signed with an RSA algorithm, in file order, joined by `_`.
// Unreadable certificates are skipped.
std::string root_certificate_sn(const std::string& pem);
bool certificate_expired(const std::string& pem, wall_time now);

}  // namespace simulator
