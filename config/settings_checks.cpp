#include "config/settings_checks.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "config/account_knobs.hpp"
#include "config/gateway_url.hpp"

namespace gateway::config {
namespace {

const yaml_node absent;

// The name of every client of a gateway without callers.
constexpr std::string_view open_api_caller = "anonymous";

const yaml_node& child(const yaml_node& from, std::string_view key) {
    const yaml_node* const found = from.find(key);
    return found == nullptr ? absent : *found;
}

const yaml_node& item(const yaml_node& list, std::size_t index) {
    return index < list.items.size() ? list.items[index] : absent;
}

// The key's line, or the section's if the key is absent.
int line_of(const yaml_node& section, std::string_view key) {
    const yaml_node* const found = section.find(key);
    return found == nullptr ? section.line : found->line;
}

std::string item_path(std::string_view list, std::size_t index) {
    return std::string(list) + "[" + std::to_string(index) + "]";
}

// Adds a fault for a `text` that was checked before.
class once_only {
public:
    explicit once_only(std::string what) : what_(std::move(what)) {}

    void check(const std::string& text, int line, const std::string& path, reading& into) {
        if (text.empty()) {
            return;
        }
        const auto [first, is_new] = lines_.emplace(text, line);
        if (!is_new) {
            into.fault_at(
                line, path, what_ + " is already used in line " + std::to_string(first->second)
            );
        }
    }

private:
    std::string what_;
    std::map<std::string, int> lines_;
};

bool is_any_address(const std::string& address) {
    return address == "0.0.0.0" || address == "::";
}

void check_listeners(const server_settings& server, const yaml_node& root, reading& into) {
    const bool same_port = server.api.port == server.admin.port && server.api.port != 0;
    const bool overlap = server.api.address == server.admin.address ||
                         is_any_address(server.api.address) || is_any_address(server.admin.address);
    if (!same_port || !overlap) {
        return;
    }
    const yaml_node& section = child(root, "server");
    const yaml_node& admin = child(section, "admin");
    const int line = admin.find("port") != nullptr ? line_of(admin, "port")
                                                   : line_of(child(section, "api"), "port");
    into.fault_at(
        line,
        "server.admin.port",
        "expected another port than server.api.port (" + std::to_string(server.api.port) + ")"
    );
}

// A growing buffer holds its old memory beside the new: with less than twice the largest request
// none of that size could ever be accepted.
void check_memory(const server_settings& server, const yaml_node& root, reading& into) {
    if (server.max_message_memory < 2 * (server.max_header + server.max_body)) {
        const yaml_node& section = child(root, "server");
        const auto* const key =
            section.find("max_message_memory") != nullptr ? "max_message_memory" : "max_body";
        into.fault_at(
            line_of(section, key),
            "server.max_message_memory",
            "expected at least twice server.max_header and server.max_body, or no such request can "
            "be taken"
        );
    }
}

void check_journal(const yaml_node& root, reading& into) {
    const yaml_node& section = child(root, "journal");
    const bool sqlite = section.find("sqlite") != nullptr;
    const bool postgres = section.find("postgres") != nullptr;
    if (sqlite == postgres && section.line > 0) {
        into.fault_at(
            section.line,
            "journal",
            sqlite ? "expected either sqlite or postgres" : "expected sqlite or postgres"
        );
    }
}

bool is_configured(const std::vector<account_settings>& accounts, std::string_view name) {
    return std::any_of(accounts.begin(), accounts.end(), [&](const account_settings& one) {
        return one.name == name;
    });
}

// A caller may be limited to accounts of the same file only: a mistyped name would allow nothing.
void check_accounts_of(
    const caller_settings& caller,
    const settings& found,
    const yaml_node& node,
    const std::string& path,
    reading& into
) {
    for (const std::string& account : caller.accounts.value_or(std::vector<std::string>())) {
        if (!is_configured(found.accounts, account)) {
            into.fault_at(
                line_of(node, "accounts"),
                path + ".accounts",
                "\"" + account + "\" is not the name of an account"
            );
        }
    }
}

void check_callers(const settings& found, const yaml_node& root, reading& into) {
    const bool asks_for_certificates =
        found.server.api.tls && !found.server.api.tls->client_ca_file.empty();
    once_only names("the name");
    once_only tokens("the token");
    once_only certificates("the certificate name");
    for (std::size_t i = 0; i < found.callers.size(); ++i) {
        const caller_settings& caller = found.callers[i];
        const yaml_node& node = item(child(root, "callers"), i);
        const std::string path = item_path("callers", i);
        names.check(caller.name, line_of(node, "name"), path + ".name", into);
        tokens.check(
            caller.token_sha256, line_of(node, "token_sha256"), path + ".token_sha256", into
        );
        certificates.check(
            caller.certificate_name,
            line_of(node, "certificate_name"),
            path + ".certificate_name",
            into
        );
        check_accounts_of(caller, found, node, path, into);
        const bool is_section = node.is == yaml_node::form::section;
        if (is_section && !node.find("token_sha256") && !node.find("certificate_name")) {
            into.fault_at(
                node.line, path, "expected token_sha256 or certificate_name, found neither"
            );
        }
        if (!caller.certificate_name.empty() && !asks_for_certificates) {
            into.fault_at(
                line_of(node, "certificate_name"),
                path + ".certificate_name",
                "needs server.api.tls.client_ca_file, or no client certificate is asked for"
            );
        }
    }
}

// An earlier name is one caller's alone; only the open API had many under one.
void check_earlier_names(const settings& found, const yaml_node& root, reading& into) {
    std::set<std::string> configured;
    for (const caller_settings& caller : found.callers) {
        configured.insert(caller.name);
    }
    std::set<std::string> others;
    for (std::size_t i = 0; i < found.callers.size(); ++i) {
        const int line = line_of(item(child(root, "callers"), i), "formerly");
        const auto fault = [&](const std::string& what) {
            into.fault_at(line, item_path("callers", i) + ".formerly", what);
        };
        std::set<std::string> own;
        for (const std::string& earlier : found.callers[i].formerly) {
            if (configured.contains(earlier)) {
                fault("\"" + earlier + "\" is the name of a caller");
            } else if (earlier != open_api_caller && others.contains(earlier)) {
                fault("\"" + earlier + "\" is an earlier name of another caller, too");
            }
            own.insert(earlier);
        }
        others.merge(own);
    }
}

// Alipay: its public key or all three certificate files, not both.
void check_alipay_mode(const yaml_node& account, const std::string& path, reading& into) {
    constexpr std::string_view certificate_keys[] = {
        "app_certificate_file", "alipay_certificate_file", "alipay_root_certificate_file"
    };
    const yaml_node* const public_key = account.find("alipay_public_key_file");
    std::string missing;
    const yaml_node* any_certificate = nullptr;
    for (const std::string_view key : certificate_keys) {
        const yaml_node* const file = account.find(key);
        if (file == nullptr) {
            missing += missing.empty() ? "" : ", ";
            missing += key;
        } else {
            any_certificate = any_certificate == nullptr ? file : any_certificate;
        }
    }
    if (public_key != nullptr && any_certificate != nullptr) {
        into.fault_at(
            any_certificate->line,
            path,
            "expected alipay_public_key_file or the three certificate files, found both"
        );
        return;
    }
    if (public_key == nullptr && any_certificate == nullptr) {
        into.fault_at(
            account.line,
            path,
            "expected alipay_public_key_file, or app_certificate_file, alipay_certificate_file and "
            "alipay_root_certificate_file"
        );
        return;
    }
    if (any_certificate != nullptr && !missing.empty()) {
        into.fault_at(any_certificate->line, path, "certificate mode also needs " + missing);
    }
}

void check_accounts(const settings& found, const yaml_node& root, reading& into) {
    once_only names("the name");
    for (std::size_t i = 0; i < found.accounts.size(); ++i) {
        const account_settings& account = found.accounts[i];
        const yaml_node& node = item(child(root, "accounts"), i);
        const std::string path = item_path("accounts", i);
        names.check(account.name, line_of(node, "name"), path + ".name", into);
        if (written_platform(node) == platform::alipay) {
            check_alipay_mode(node, path, into);
        }
        if (account.breaker.longest_pause < account.breaker.pause) {
            const int line = child(node, "breaker").line;
            into.fault_at(
                line > 0 ? line : node.line,
                path + ".breaker",
                "longest_pause is shorter than the first pause"
            );
        }
        if (account.timeouts.connect > account.timeouts.attempt) {
            const yaml_node& timeouts = child(node, "timeouts");
            into.fault_at(
                timeouts.line, path + ".timeouts", "connect is longer than the whole attempt"
            );
        }
    }
}

// It is meant, or one of them has the other's app_id by mistake.
void warn_about_shared_apps(const settings& found, const yaml_node& root, reading& into) {
    std::map<std::pair<platform, std::string>, std::string> owners;
    for (std::size_t i = 0; i < found.accounts.size(); ++i) {
        const account_settings& account = found.accounts[i];
        const bool alipay = account.platform == platform::alipay;
        const std::string& app = alipay ? account.alipay.app_id : account.taobao.app_key;
        const auto [owner, fresh] = owners.try_emplace({account.platform, app}, account.name);
        if (!fresh && !app.empty()) {
            into.warn_at(
                line_of(item(child(root, "accounts"), i), alipay ? "app_id" : "app_key"),
                item_path("accounts", i),
                "is the same app as account " + owner->second +
                    ": they share natural keys, running totals, orders and bans, but no limits"
            );
        }
    }
}

// The accounts that have no proxy with commas between them; empty if each has one.
std::string without_proxy(const settings& found) {
    std::string names;
    for (const account_settings& account : found.accounts) {
        if (!account.proxy) {
            names += (names.empty() ? "" : ", ") + account.name;
        }
    }
    return names;
}

// Many programs take their proxy from the environment; this one would be expected to.
void warn_about_environment(const settings& found, const yaml_node& root, reading& into) {
    const auto direct = without_proxy(found);
    if (direct.empty()) {
        return;
    }
    for (const char* const name : {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}) {
        const char* const value = std::getenv(name);
        if (value != nullptr && *value != '\0') {
            // The value may hold a password.
            into.warn_at(
                child(root, "accounts").line,
                "accounts",
                std::string(name) +
                    " is set in the environment but not used: an account reaches its platform "
                    "through a proxy only if accounts[].proxy names it; without one: " +
                    direct
            );
            return;
        }
    }
}

}  // namespace

void check_settings(const settings& found, const yaml_node& root, reading& into) {
    check_listeners(found.server, root, into);
    check_memory(found.server, root, into);
    check_journal(root, into);
    check_callers(found, root, into);
    check_earlier_names(found, root, into);
    warn_about_shared_apps(found, root, into);
    check_accounts(found, root, into);
}

void warn_about_settings(const settings& found, const yaml_node& root, reading& into) {
    warn_about_environment(found, root, into);
    if (found.callers.empty()) {
        into.warn_at(
            child(root, "callers").line, "callers", "none: everybody who reaches the API may redeem"
        );
    }
    if (found.journal.encryption_key_file.empty()) {
        into.warn_at(
            child(root, "journal").line,
            "journal",
            "no encryption_key_file: codes and card secrets are stored in clear"
        );
    }
    for (std::size_t i = 0; i < found.accounts.size(); ++i) {
        const gateway_url& url = found.accounts[i].gateway;
        if (!url.tls && !is_loopback(url)) {
            into.warn_at(
                line_of(item(child(root, "accounts"), i), "gateway"),
                item_path("accounts", i) + ".gateway",
                "plain http: requests and answers can be read and changed on the way"
            );
        }
    }
}

}  // namespace gateway::config
