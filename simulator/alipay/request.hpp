#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "net/http_message.hpp"
#include "simulator/alipay/method.hpp"
#include "simulator/alipay/signature.hpp"
#include "simulator/form.hpp"

namespace simulator {

// An Alipay request as far as it could be read: query and body merged, decoded from the charset the
// URL declares (GBK when it declares none, as the platform does).
struct alipay_request {
    form_fields fields;        // UTF-8, query first
    alipay_parameters params;  // the first value of each name
    charset wire = charset::gbk;
    bool charset_in_url = false;
    bool readable = true;     // the form could be taken apart
    std::string conflicting;  // a parameter given twice with different values

    const alipay_method* method = nullptr;
    const alipay_party* party = nullptr;  // from here on answers are signed
    bool encrypted = false;
    boost::json::object biz;
};

alipay_request read_alipay_request(const gateway::net::http_request& request);
// A parameter's value, empty when it was not sent.
std::string_view value_of(const alipay_request& read, const char* name);
bool is_form(const gateway::net::http_request& request);

// `biz_content` as an object without checking anything, for the natural key of requests that are
// refused later.
boost::json::object peek_biz_content(const alipay_request& read);

}  // namespace simulator
