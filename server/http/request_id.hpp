#pragma once

#include <string>

#include "net/http_message.hpp"

namespace gateway::server {

// The name under which caller and operator find one request: the X-Request-Id it came with, if that
// is 1-128 visible ASCII characters and given once, else a new one (docs/api.md, Conventions).
struct request_id {
    std::string text;
    bool given = false;  // by the caller
};
request_id request_id_of(const net::header_list& headers);

}  // namespace gateway::server
