#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

// What a TOP call looks like on the wire (TOP doc 101617): one form body with the common and the
// business parameters together.

namespace gateway::taobao {

struct parameter {
    std::string name;
    std::string value;  // raw UTF-8, not encoded
    friend bool operator==(const parameter&, const parameter&) = default;
};
using parameter_list = std::vector<parameter>;

// The parameters that every call has, beside its own.
struct common_parameters {
    std::string_view method;
    std::string_view app_key;
    std::string_view session;  // empty: the call goes out without
    config::top_sign_method sign_method = config::top_sign_method::hmac_sha256;
    std::chrono::system_clock::time_point now;
};

// Everything a call sends and signs, all but `sign` itself. Parameters with an empty or blank value
// are left out: SDKs disagree on whether such a value is signed.
parameter_list request_parameters(const common_parameters& common, const parameter_list& business);

// application/x-www-form-urlencoded text, in the order given.
std::string form_body(const parameter_list& parameters);

}  // namespace gateway::taobao
