#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "redemption/service.hpp"

namespace gateway::server {

// Every platform method of the program, Alipay's first. They live as long as the program.
std::vector<const redemption::platform_method*> all_methods();
std::vector<std::string> all_method_names();

// Which methods there are, and which accounts serve them: those of the method's platform, with a
// session if the method needs one.
class method_directory final : public redemption::directory {
public:
    explicit method_directory(const config::settings& settings);

    const redemption::platform_method* method(std::string_view name) const override;
    std::vector<base::fixed_text> method_names() const override;
    std::vector<redemption::account_name> accounts_for(const redemption::platform_method& method
    ) const override;
    std::chrono::seconds expires_in(const redemption::platform_method& method) const override;

private:
    std::vector<const redemption::platform_method*> methods_;
    struct served_account {
        redemption::account_name name;
        redemption::platform_kind platform;
        bool has_session = false;
    };

    std::vector<served_account> accounts_;
    std::map<std::string, std::chrono::seconds, std::less<>> expires_in_;
};

}  // namespace gateway::server
