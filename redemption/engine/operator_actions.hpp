#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <variant>

#include "redemption/engine/driver.hpp"
#include "redemption/service.hpp"

namespace gateway::redemption {

// Actions of operators: they resolve a redemption that is in doubt, or have it sent again
// (docs/redemption-rules.md, Operator actions). Everything passed must outlive it. Loop thread
// only.
class operator_actions {
public:
    operator_actions(
        const core_context& context,
        live_table& table,
        const account_registry& accounts,
        scheduler& permits,
        driver& driver
    )
        : context_(context),
          table_(table),
          accounts_(accounts),
          scheduler_(permits),
          driver_(driver) {}

    boost::asio::awaitable<operate_outcome> resolve(
        redemption_id id, state to, std::string note, std::string who
    );
    boost::asio::awaitable<operate_outcome> retry(
        redemption_id id, std::string note, std::string who
    );

private:
    using taken = std::variant<live_ptr, not_found, not_allowed_now, unavailable>;

    boost::asio::awaitable<taken> take_unknown(redemption_id id, std::string otherwise);
    static operate_outcome refusal_of(taken what);
    history_entry history_of(std::string action, std::string note, std::string who, state to) const;
    boost::asio::awaitable<operate_outcome> settle_taken(live_ptr live, settlement what);
    boost::asio::awaitable<operate_outcome> resolve_live(
        live_ptr live, operator_resolution resolution
    );
    void leave(live_redemption& live);

    const core_context& context_;
    live_table& table_;
    const account_registry& accounts_;
    scheduler& scheduler_;
    driver& driver_;
};

}  // namespace gateway::redemption
