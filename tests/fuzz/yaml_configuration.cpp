// The configuration file: settings or faults, each with a line of the file and fit for a terminal.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "config/settings_reader.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace gateway::fuzz {
namespace {

const std::vector<std::string> methods = {
    "alipay.marketing.voucher.stock.use",
    "taobao.travel.ticket.order.verify",
    "taobao.eticket.merchant.ma.send"
};

void check_fault(const config::fault& fault, int lines) {
    expect(fault.line >= 0 && fault.line <= lines, "a fault's line lies in the file");
    const auto text = fault.text();
    expect(!fault.what.empty() && text.starts_with("fuzz.yaml:"), "a fault says what and where");
    const bool fit = std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
    expect(fit, "a fault is one line without control characters");
}

void check_faults(const std::vector<config::fault>& faults, int lines) {
    for (const auto& fault : faults) {
        check_fault(fault, lines);
    }
    const bool ordered = std::is_sorted(faults.begin(), faults.end(), [](auto& a, auto& b) {
        return a.line < b.line;
    });
    expect(ordered, "faults come in file order");
}

void check_settings(const config::settings& settings) {
    expect(!settings.accounts.empty(), "accepted settings have an account");
    expect(!settings.journal.sqlite_path.empty(), "accepted settings have a journal");
    std::set<std::string> names;
    for (const auto& account : settings.accounts) {
        expect(!account.name.empty(), "an account has a name");
        expect(names.insert(account.name).second, "account names are unique");
        expect(!account.gateway.host.empty(), "an account has a gateway");
        expect(account.gateway.target.starts_with('/'), "a gateway's target is a path");
    }
}

}  // namespace

void yaml_configuration(std::string_view input) {
    const auto lines = static_cast<int>(std::count(input.begin(), input.end(), '\n')) +
                       static_cast<int>(std::count(input.begin(), input.end(), '\r')) + 1;
    const auto read = config::read_settings(input, "fuzz.yaml", "/etc/gateway", methods);
    if (const auto* faults = std::get_if<std::vector<config::fault>>(&read)) {
        expect(!faults->empty(), "refused settings have a fault");
        check_faults(*faults, lines);
        return;
    }
    const auto& accepted = std::get<config::accepted_settings>(read);
    check_faults(accepted.warnings, lines);
    check_settings(accepted.settings);
}

}  // namespace gateway::fuzz
