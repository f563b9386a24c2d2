#include "platform_clients/taobao/credentials.hpp"

#include <algorithm>
#include <string_view>
#include <variant>

#include "config/secret_files.hpp"
#include "platform_clients/taobao/signature.hpp"

namespace gateway::taobao {
namespace {

// The platform hands out printable ASCII; anything else came in while copying (a byte order mark,
// a line break in the middle, a non-breaking space).
bool is_printable(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

// The secret in a file; empty, with a fault noted, if it can't be one.
base::secret_text secret_in(
    const std::string& path, const std::string& setting, std::vector<std::string>& faults
) {
    auto loaded = config::load_secret_file(path);
    if (const auto* what = std::get_if<std::string>(&loaded)) {
        faults.push_back(setting + ": " + *what);
        return {};
    }
    auto& secret = std::get<base::secret_text>(loaded);
    if (!is_printable(secret.reveal())) {
        faults.push_back(
            setting + ": " + path + " holds white space or characters that are not ASCII"
        );
        return {};
    }
    return std::move(secret);
}

}  // namespace

credentials_reading read_credentials(const config::taobao_settings& settings) {
    credentials_reading reading;
    credentials keys;
    keys.app_key = settings.app_key;
    if (keys.app_key.empty() || !std::all_of(keys.app_key.begin(), keys.app_key.end(), [](char c) {
            return c >= '0' && c <= '9';
        })) {
        reading.faults.emplace_back("app_key: must be digits only");
    }
    keys.app_secret = secret_in(settings.app_secret_file, "app_secret_file", reading.faults);
    if (!settings.session_file.empty()) {
        keys.session = secret_in(settings.session_file, "session_file", reading.faults);
    }
    if (!sign(settings.sign_method, base::card_secret("probe"), base::secret_text("probe"))) {
        reading.faults.push_back(
            "sign_method: the crypto library of this machine refuses " +
            std::string(wire_name(settings.sign_method).view())
        );
    }
    reading.found.push_back("app_key " + keys.app_key);
    if (settings.session_file.empty()) {
        reading.found.emplace_back("no session: only methods that need none can be called");
    } else if (!keys.session.empty()) {
        reading.found.emplace_back("session present");
    }
    if (reading.faults.empty()) {
        reading.read = std::move(keys);
    }
    return reading;
}

}  // namespace gateway::taobao
