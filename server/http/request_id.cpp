#include "server/http/request_id.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "text/hex.hpp"

namespace gateway::server {
namespace {

constexpr std::string_view field_name = "X-Request-Id";
constexpr std::size_t longest = 128;

bool is_usable(std::string_view id) {
    return !id.empty() && id.size() <= longest &&
           std::ranges::all_of(id, [](char c) { return c > 0x20 && c < 0x7F; });
}

std::string new_request_id() {
    std::array<unsigned char, 16> bytes{};
    RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    return text::to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

request_id request_id_of(const net::header_list& headers) {
    const auto given = headers.find(field_name).value_or("");
    if (is_usable(given) && headers.count(field_name) == 1) {
        return {std::string(given), true};
    }
    return {new_request_id(), false};
}

}  // namespace gateway::server
