#include "server/app/methods.hpp"

#include "platform_clients/alipay/methods.hpp"
#include "platform_clients/taobao/methods.hpp"

namespace gateway::server {

using redemption::platform_kind;
using redemption::platform_method;

std::vector<const platform_method*> all_methods() {
    std::vector<const platform_method*> out;
    for (const auto* method : alipay::methods()) {
        out.push_back(method);
    }
    for (const auto* method : taobao::methods()) {
        out.push_back(method);
    }
    return out;
}

std::vector<std::string> all_method_names() {
    std::vector<std::string> out;
    for (const auto* method : all_methods()) {
        out.emplace_back(method->name());
    }
    return out;
}

method_directory::method_directory(const config::settings& settings) : methods_(all_methods()) {
    for (const auto& account : settings.accounts) {
        const auto kind = account.platform == config::platform::alipay ? platform_kind::alipay
                                                                       : platform_kind::taobao;
        accounts_.push_back(
            {.name = redemption::account_name(account.name),
             .platform = kind,
             .has_session = !account.taobao.session_file.empty()}
        );
    }
    for (const auto& [name, method] : settings.methods) {
        if (method.expires_in) {
            expires_in_[name] = *method.expires_in;
        }
    }
}

const platform_method* method_directory::method(std::string_view name) const {
    for (const auto* candidate : methods_) {
        if (candidate->name() == name) {
            return candidate;
        }
    }
    return nullptr;
}

std::vector<base::fixed_text> method_directory::method_names() const {
    std::vector<base::fixed_text> out;
    for (const auto* method : methods_) {
        out.push_back(method->name());
    }
    return out;
}

std::vector<redemption::account_name> method_directory::accounts_for(const platform_method& method
) const {
    std::vector<redemption::account_name> serving;
    for (const auto& account : accounts_) {
        const bool able = account.has_session || !method.needs_session();
        if (account.platform == method.platform() && able) {
            serving.push_back(account.name);
        }
    }
    return serving;
}

std::chrono::seconds method_directory::expires_in(const platform_method& method) const {
    const auto found = expires_in_.find(method.name().view());
    return found == expires_in_.end() ? method.default_expires_in() : found->second;
}

}  // namespace gateway::server
