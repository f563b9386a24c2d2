#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
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
    // Operators that wait are answered then at the latest.
    void begin_drain(std::chrono::steady_clock::time_point answer_by) { answer_by_ = answer_by; }

private:
    using time = std::chrono::steady_clock::time_point;
    using outcome = boost::asio::awaitable<operate_outcome>;
    using taken = std::variant<live_ptr, not_found, not_allowed_now, unavailable>;

    // An action that is being carried out, for the operator that waits for it.
    struct open_action {
        std::optional<operate_outcome> told;
        std::exception_ptr fault;
        bool awaited = true;
        base::wait_list done;
    };

    outcome resolve_unknown(redemption_id id, operator_resolution said);
    outcome resolve_live(live_ptr live, operator_resolution said);
    outcome resolve_elsewhere(live_ptr live, operator_resolution said);
    boost::asio::awaitable<std::optional<operate_outcome>> obstacle_to_word(
        redemption_id id, const operator_resolution& said
    );
    outcome end_of(live_ptr live, state to);
    live_ptr follow(record what);
    live_ptr take_in(record what);
    outcome retry_unknown(redemption_id id, std::string note, std::string who);
    std::optional<base::redacted_text> obstacle_to_retry(const record& what) const;
    bool may_still_be_sent(const record& what) const;
    outcome in_time(outcome task);
    boost::asio::awaitable<void> complete(outcome task, std::shared_ptr<open_action> of);
    boost::asio::awaitable<taken> take_unknown(redemption_id id, base::fixed_text otherwise);
    boost::asio::awaitable<void> wait_for_another(redemption_id id, time until);
    static operate_outcome refusal_of(taken what);
    history_entry history_of(std::string action, std::string note, std::string who, state to) const;
    outcome settle_taken(live_ptr live, settlement what);
    void leave(live_redemption& live);
    time wait_until() const;

    const core_context& context_;
    live_table& table_;
    const account_registry& accounts_;
    scheduler& scheduler_;
    driver& driver_;
    time answer_by_ = time::max();
};

}  // namespace gateway::redemption
