#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings_reader.hpp"

namespace gateway::config::test {

inline const std::vector<std::string> known_methods{
    "alipay.marketing.voucher.stock.use",
    "taobao.travel.ticket.order.verify",
    "taobao.eticket.merchant.ma.send",
};

// The machine's own proxy would add a warning to every file without one.
inline const bool no_proxy_of_the_machine =
    ::unsetenv("HTTPS_PROXY") == 0 && ::unsetenv("https_proxy") == 0;

inline read_result read(std::string_view yaml) {
    return read_settings(yaml, "gateway.yaml", "/etc/gateway", known_methods);
}

inline std::string texts_of(const std::vector<fault>& faults) {
    std::string all;
    for (const fault& one : faults) {
        all += one.text() + "\n";
    }
    return all;
}

// All faults, one per line; empty when the settings were accepted.
inline std::string faults_of(const read_result& result) {
    const auto* faults = std::get_if<std::vector<fault>>(&result);
    return faults == nullptr ? std::string() : texts_of(*faults);
}

// Sets an environment variable for its lifetime.
class environment_variable {
public:
    environment_variable(std::string name, const std::string& value) : name_(std::move(name)) {
        ::setenv(name_.c_str(), value.c_str(), 1);
    }
    environment_variable(const environment_variable&) = delete;
    environment_variable& operator=(const environment_variable&) = delete;
    ~environment_variable() { ::unsetenv(name_.c_str()); }

private:
    std::string name_;
};

// The smallest accepted file; one line each, so that the text a test appends is line 4.
inline const std::string journal_line = "journal: { sqlite: { path: journal.db } }\n";
inline const std::string alipay_account =
    "accounts:\n"
    "  - name: shop-a\n"
    "    platform: alipay\n"
    "    gateway: https://openapi.alipay.com/gateway.do\n"
    "    app_id: \"2021000000000001\"\n"
    "    private_key_file: app.pem\n"
    "    alipay_public_key_file: alipay.pem\n";
inline const std::string taobao_account =
    "accounts:\n"
    "  - name: fliggy\n"
    "    platform: taobao\n"
    "    gateway: https://eco.taobao.com/router/rest\n"
    "    app_key: \"12345678\"\n"
    "    app_secret_file: secret\n";
inline const std::string minimal = journal_line + alipay_account;
// The same behind one more line.
inline std::string with_first(const std::string& line) {
    return line + "\n" + minimal;
}

}  // namespace gateway::config::test
