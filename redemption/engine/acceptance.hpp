#pragma once

#include <boost/asio/awaitable.hpp>

#include "redemption/engine/scheduler.hpp"
#include "redemption/rules/lifecycle.hpp"

namespace gateway::redemption {

// The record of a wish that comes now, for no app yet.
record record_of(submission wish, time_point now);

// Brings a wish to work: has the journal accept it, or start over what failed under the same key,
// and gives it its positions. Loop thread only.
class acceptance {
public:
    acceptance(
        const core_context& context,
        const account_registry& accounts,
        scheduler& permits,
        live_table& table
    )
        : context_(context), accounts_(accounts), scheduler_(permits), table_(table) {}

    boost::asio::awaitable<lifecycle_event> accept(live_ptr live, const action::accept& how);
    boost::asio::awaitable<lifecycle_event> start_over(
        live_ptr live, const action::start_over& how
    );
    // A redemption pending in the journal goes to work in place of the wish.
    void take_over(const live_ptr& live, record pending);
    // The same of one that another process works on.
    void follow(const live_ptr& live, record pending);
    // Its callers see what was durable already.
    void show(live_redemption& live, const action::show& durable);

private:
    void become(const live_ptr& live, record what);
    void replace(const live_ptr& live, record what);
    lifecycle_event accepted_as(
        live_redemption& live, const redemption::accepted& taken, std::optional<state> before
    );

    const core_context& context_;
    const account_registry& accounts_;
    scheduler& scheduler_;
    live_table& table_;
};

}  // namespace gateway::redemption
