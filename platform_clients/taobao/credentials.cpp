#include "platform_clients/taobao/credentials.hpp"

#include <algorithm>
#include <string_view>

#include "platform_clients/taobao/signature.hpp"

namespace gateway::taobao {
namespace {

// The platform hands out printable ASCII; anything else came in while copying (a byte order mark,
// a line break in the middle, a non-breaking space).
bool is_printable(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

std::vector<std::string> faults_of(const credentials& keys, config::top_sign_method method) {
    std::vector<std::string> faults;
    if (keys.app_key.empty() || !std::all_of(keys.app_key.begin(), keys.app_key.end(), [](char c) {
            return c >= '0' && c <= '9';
        })) {
        faults.emplace_back("app_key must be digits only");
    }
    if (keys.app_secret.empty()) {
        faults.emplace_back("the app secret is empty");
    } else if (!is_printable(keys.app_secret.reveal())) {
        faults.emplace_back("the app secret holds white space or characters that are not ASCII");
    }
    if (!is_printable(keys.session.reveal())) {
        faults.emplace_back("the session holds white space or characters that are not ASCII");
    }
    if (!sign(method, "probe", keys.app_secret.reveal())) {
        faults.push_back(
            "the crypto library of this machine refuses sign_method " +
            std::string(wire_name(method))
        );
    }
    return faults;
}

}  // namespace gateway::taobao
