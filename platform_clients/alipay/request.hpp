#pragma once

#include <string>
#include <string_view>
#include <vector>

// How a request of the Alipay gateway protocol is put together (open platform docs "自行实现签名"):
// what is signed is every parameter of query and body except `sign`, decoded, in the declared
// charset.

namespace gateway::alipay {

struct parameter {
    std::string name;
    std::string value;  // bytes in the declared charset
};
using parameters = std::vector<parameter>;

// Protocol parameters travel in the query (`charset` must: without it the platform decodes the form
// as GBK), the business content in the body.
struct request_parameters {
    parameters query;
    parameters body;
};

// What a request says, before it is signed. Empty texts are left out: an empty value must never be
// sent. All but `biz_content` are ASCII.
struct request_content {
    std::string_view app_id;
    std::string_view method;
    std::string_view charset;
    std::string_view sign_type;
    std::string_view timestamp;
    std::string_view app_cert_sn = {};
    std::string_view alipay_root_cert_sn = {};
    std::string_view encrypt_type = {};
    std::string_view app_auth_token = {};
    std::string_view biz_content;
};
request_parameters lay_out(const request_content& content);

// Sorted by name (bytes), `name=value` joined by `&`, nothing percent-encoded, empty values and
// `sign` left out.
std::string string_to_sign(const request_parameters& request);

// application/x-www-form-urlencoded of the values' bytes.
std::string form_encode(const parameters& fields);

}  // namespace gateway::alipay
