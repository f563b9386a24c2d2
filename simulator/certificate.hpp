#pragma once

#include <string>
#include <vector>

#include "simulator/time_text.hpp"

// Alipay's certificate serial numbers: MD5 over issuer name and decimal serial, as the server
// (Java) forms them.

namespace simulator {

// SN of the first certificate of the PEM text; throws `std::runtime_error` naming `what` when there
// is none.
std::string certificate_sn(const std::string& pem, const std::string& what);
// SNs of every certificate signed with an RSA algorithm, in file order, joined by `_`. Unreadable
// ones are skipped.
std::string root_certificate_sn(const std::string& pem);
bool certificate_expired(const std::string& pem, wall_time now);

}  // namespace simulator
