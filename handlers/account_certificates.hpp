#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "redemption/model.hpp"

namespace gateway::handlers {

// A certificate in use as callers see it (docs/api.md, Accounts).
struct certificate_facts {
    std::string role;           // "app", "alipay", "alipay_root"
    std::string serial_number;  // X.509's, in hexadecimal
    std::string cert_sn;        // Alipay's own
    redemption::time_point not_after{};
};

// The certificates of the accounts that use some. Loop thread only.
class account_certificates {
public:
    void replace(const redemption::account_name& account, std::vector<certificate_facts> all) {
        known_[account] = std::move(all);
    }
    void add(const redemption::account_name& account, certificate_facts one) {
        known_[account].push_back(std::move(one));
    }
    std::vector<certificate_facts> of(const redemption::account_name& account) const {
        const auto found = known_.find(account);
        return found == known_.end() ? std::vector<certificate_facts>() : found->second;
    }

private:
    std::map<redemption::account_name, std::vector<certificate_facts>> known_;
};

}  // namespace gateway::handlers
