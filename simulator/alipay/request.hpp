#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "net/http_message.hpp"
#include "simulator/alipay/method.hpp"
#include "simulator/alipay/signature.hpp"
#include "simulator/form.hpp"

namespace simulator {

// The readable part of an Alipay request: query and body merged and decoded from the charset that
// the URL declares. Without a declaration the charset is GBK, like the platform's.
struct alipay_request {
    form_fields fields;        // UTF-8, query first
    alipay_parameters params;  // the first value of each name
    charset wire = charset::gbk;
    bool charset_in_url = false;
    bool readable = true;     // false: the form could not be decoded
    std::string conflicting;  // a parameter that occurs twice with different values

    const alipay_method* method = nullptr;
    const alipay_credentials* credentials = nullptr;  // once set, answers are signed
    bool encrypted = false;
    boost::json::object biz;
};

alipay_request read_alipay_request(const gateway::net::http_request& request);
// Returns a parameter's value; empty when it is absent.
std::string_view value_of(const alipay_request& read, const char* name);
bool is_form(const gateway::net::http_request& request);

// Returns `biz_content` as an object without any check, for the natural key of a refused request.
boost::json::object peek_biz_content(const alipay_request& read);

}  // namespace simulator
