#include "platform_clients/common_parameter.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace gateway::platform_clients {
namespace {

struct row {
    std::string_view name;  // lower case, without separators
    meaning means;
};

constexpr std::array rows{
    row{"method", meaning::gateway_fault},
    row{"api", meaning::gateway_fault},
    row{"apiname", meaning::gateway_fault},
    row{"version", meaning::gateway_fault},
    row{"apiversion", meaning::gateway_fault},
    row{"v", meaning::gateway_fault},
    row{"format", meaning::gateway_fault},
    row{"charset", meaning::gateway_fault},
    row{"encoding", meaning::gateway_fault},
    row{"contenttype", meaning::gateway_fault},
    row{"httpmethod", meaning::gateway_fault},
    row{"httpaction", meaning::gateway_fault},
    row{"simplify", meaning::gateway_fault},
    row{"partnerid", meaning::gateway_fault},
    row{"targetappkey", meaning::gateway_fault},
    row{"bizcontent", meaning::gateway_fault},
    row{"json", meaning::gateway_fault},
    row{"permission", meaning::method_fault},
    row{"permissions", meaning::method_fault},
    row{"sign", meaning::account_fault},
    row{"signature", meaning::account_fault},
    row{"signtype", meaning::account_fault},
    row{"signmethod", meaning::account_fault},
    row{"signaturetype", meaning::account_fault},
    row{"signaturemethod", meaning::account_fault},
    row{"signaturekey", meaning::account_fault},
    row{"signatureconfig", meaning::account_fault},
    row{"appid", meaning::account_fault},
    row{"appkey", meaning::account_fault},
    row{"appsecret", meaning::account_fault},
    row{"app", meaning::account_fault},
    row{"session", meaning::account_fault},
    row{"sessionkey", meaning::account_fault},
    row{"accesstoken", meaning::account_fault},
    row{"authtoken", meaning::account_fault},
    row{"appauthtoken", meaning::account_fault},
    row{"authrelations", meaning::account_fault},
    row{"appcertsn", meaning::account_fault},
    row{"alipayrootcertsn", meaning::account_fault},
    row{"alipaycertsn", meaning::account_fault},
    row{"encrypttype", meaning::account_fault},
    row{"encryptkey", meaning::account_fault},
    row{"timestamp", meaning::clock_skew},
};

std::string key_of(std::string_view name) {
    std::string key;
    for (const char c : name) {
        if (c >= 'A' && c <= 'Z') {
            key += static_cast<char>(c - 'A' + 'a');
        } else if (c != '_' && c != '-' && c != ' ') {
            key += c;
        }
    }
    return key;
}

}  // namespace

std::optional<meaning> fault_of_common_parameter(std::string_view name) {
    const auto key = key_of(name);
    const auto* at =
        std::find_if(rows.begin(), rows.end(), [&](const row& one) { return one.name == key; });
    return at == rows.end() ? std::nullopt : std::optional(at->means);
}

}  // namespace gateway::platform_clients
