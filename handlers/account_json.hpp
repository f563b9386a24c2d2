#pragma once

#include "handlers/account_certificates.hpp"
#include "redemption/service.hpp"
#include "text/json_writer.hpp"

namespace gateway::handlers {

// Writes an account as docs/api.md, Accounts shows it.
class account_writer {
public:
    // Both must outlive this.
    account_writer(const redemption::directory& directory, const account_certificates& certificates)
        : directory_(directory), certificates_(certificates) {}

    // As an element of an array, or alone.
    void write(text::json_writer& out, const redemption::account_health& account) const;

private:
    const redemption::directory& directory_;
    const account_certificates& certificates_;
};

}  // namespace gateway::handlers
