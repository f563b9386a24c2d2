#include "server/app/account_keys.hpp"

#include <stdexcept>

#include "config/secret_files.hpp"
#include "text/field_syntax.hpp"

namespace gateway::server {
namespace {

std::vector<std::string> files_of(const config::account_settings& account) {
    if (account.platform == config::platform::taobao) {
        return {account.taobao.app_secret_file, account.taobao.session_file};
    }
    const auto& alipay = account.alipay;
    return {
        alipay.private_key_file,
        alipay.alipay_public_key_file,
        alipay.app_certificate_file,
        alipay.alipay_certificate_file,
        alipay.alipay_root_certificate_file,
        alipay.app_auth_token_file,
        alipay.encrypt_key_file
    };
}

constexpr std::size_t most_secret_kib = 64;
// Bundles of all the CAs there are have several hundred kilobytes.
constexpr std::size_t most_ca_kib = 8 * 1024;

// The CA file that verifies the account's connections; empty: none does, or the system's.
std::string ca_file_of(const config::account_settings& account) {
    return account.gateway.tls ? account.ca_file : std::string();
}

// Empty: no proxy, or one without credentials.
std::string proxy_credentials_of(const config::account_settings& account) {
    return account.proxy ? account.proxy->credentials_file : std::string();
}

// A file that can't be read counts as changed, too: the new reading says what is wrong.
void add_digest(std::string& digests, const std::string& path, std::size_t most_kib) {
    if (path.empty()) {
        return;
    }
    const auto loaded = config::load_secret_file(path, most_kib);
    const auto* content = std::get_if<base::secret_text>(&loaded);
    const auto digest = text::sha256(content ? content->reveal() : "unreadable");
    digests.append(digest.begin(), digest.end());
}

void read_trust(const std::string& ca_file, keys_reading& out) {
    const auto loaded = config::load_secret_file(ca_file, most_ca_kib);
    if (const auto* fault = std::get_if<std::string>(&loaded)) {
        out.faults.push_back("ca_file: " + *fault);
        return;
    }
    try {
        out.trust.emplace(ca_file);
        out.found.push_back("ca_file: certificates " + std::to_string(out.trust->authorities()));
    } catch (const std::runtime_error& fault) {
        out.faults.push_back(std::string("ca_file: ") + fault.what());
    }
}

// "user:password", each for HTTP's Basic (RFC 7617 §2).
void read_proxy_credentials(const std::string& path, keys_reading& out) {
    constexpr std::string_view knob = "proxy.credentials_file: ";
    auto loaded = config::load_secret_file(path, most_secret_kib);
    if (const auto* fault = std::get_if<std::string>(&loaded)) {
        out.faults.push_back(std::string(knob) + *fault);
        return;
    }
    auto& credentials = std::get<base::secret_text>(loaded);
    const std::string_view text = credentials.reveal();
    const bool has_user = text.find(':') != std::string_view::npos && !text.starts_with(':');
    if (!has_user || text::has_control(text)) {
        out.faults.push_back(std::string(knob) + path + " is not USER:PASSWORD on one line");
        return;
    }
    out.proxy_credentials = std::move(credentials);
    out.found.push_back("proxy.credentials_file: a user and a password");
}

keys_reading read_taobao(const config::taobao_settings& settings) {
    auto reading = taobao::read_credentials(settings);
    keys_reading out;
    out.faults = std::move(reading.faults);
    out.found = std::move(reading.found);
    if (reading.read) {
        out.keys = std::move(*reading.read);
    }
    return out;
}

keys_reading read_alipay(const config::alipay_settings& settings) {
    auto reading = alipay::read_credentials(settings, std::chrono::system_clock::now());
    keys_reading out;
    out.faults = std::move(reading.faults);
    out.found = std::move(reading.found);
    if (reading.read) {
        if (reading.read->certificates) {
            for (const auto& one : reading.read->certificates->facts) {
                out.certificates.push_back(
                    {one.role,
                     one.serial_number,
                     one.sn,
                     std::chrono::floor<std::chrono::milliseconds>(one.not_after)}
                );
            }
        }
        out.keys = std::move(reading.read);
    }
    return out;
}

}  // namespace

text::sha256_digest digest_of_files(const config::account_settings& account) {
    std::string digests;
    for (const auto& path : files_of(account)) {
        add_digest(digests, path, most_secret_kib);
    }
    add_digest(digests, ca_file_of(account), most_ca_kib);
    add_digest(digests, proxy_credentials_of(account), most_secret_kib);
    return text::sha256(digests);
}

keys_reading read_keys(const config::account_settings& account) {
    // Before the reading, so that a change in between is noticed next time.
    const auto files = digest_of_files(account);
    auto out = account.platform == config::platform::taobao ? read_taobao(account.taobao)
                                                            : read_alipay(account.alipay);
    out.files = files;
    if (const auto ca_file = ca_file_of(account); !ca_file.empty()) {
        read_trust(ca_file, out);
    }
    if (const auto path = proxy_credentials_of(account); !path.empty()) {
        read_proxy_credentials(path, out);
    }
    return out;
}

std::vector<keys_reading> read_all_keys(const config::settings& settings) {
    std::vector<keys_reading> out;
    std::string faults;
    for (const auto& account : settings.accounts) {
        out.push_back(read_keys(account));
        for (const auto& fault : out.back().faults) {
            faults += (faults.empty() ? "" : "; ") + ("account " + account.name) + ": " + fault;
        }
    }
    if (!faults.empty()) {
        throw std::runtime_error(faults);
    }
    return out;
}

}  // namespace gateway::server
