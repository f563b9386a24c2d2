#include "journal/move/page_columns.hpp"

#include <algorithm>
#include <iterator>

#include "journal/postgres/record_codec.hpp"
#include "journal/postgres/record_store_parts.hpp"

namespace gateway::journal::moving {
namespace {

using redemption::attempt;
using redemption::state;

std::optional<std::string> text_or_none(const std::vector<attempt>& all) {
    return all.empty() ? std::nullopt : std::optional(postgres::attempts_text(all));
}

}  // namespace

const char* const page_names =
    "w(id, created_at, lifetime_ms, replay_safe, params_sealed, void, caller, idempotency_key,"
    " key_scope, method, account, scope, natural_key, body, params, orders, totals, is_open, state,"
    " queued, first_order, updated_at, expires_at, attempt, attempt_started_at, in_doubt, attempts,"
    " result, result_sealed, error, history)";

void page_columns::add(const moved_redemption& one) {
    add_wish(one);
    add_state(one);
}

void page_columns::add_wish(const moved_redemption& one) {
    const auto& what = one.what;
    ids_.append(what.id);
    created_.append(what.created_at);
    lifetimes_.append(what.lifetime);
    replay_safe_.append(what.replay_safe);
    params_sealed_.append(one.params.sealed);
    void_.append(what.state == state::rejected || what.state == state::failed);
    callers_.append(what.caller);
    keys_.append(what.key);
    key_scopes_.append(one.key_scope);
    methods_.append(what.method);
    accounts_.append(what.account);
    scopes_.append(one.scope);
    natural_.append(what.natural);
    bodies_.append(one.body);
    params_.append(one.params.bytes);
    orders_.append(postgres::names_literal(what.orders));
    totals_.append(one.totals);
}

// An attempt that is under way has columns of its own while the redemption is open.
void page_columns::add_state(const moved_redemption& one) {
    const auto& what = one.what;
    const bool open = !is_final(what.state);
    std::vector<attempt> ended;
    const attempt* under_way = nullptr;
    for (const auto& each : what.attempts) {
        if (each.finished_at || !open) {
            ended.push_back(each);
        } else {
            under_way = &each;
        }
    }
    const auto last = what.attempts.empty() ? 0U : what.attempts.back().number;
    open_.append(open);
    states_.append(redemption::to_string(what.state).view());
    queued_.append(one.queued);
    first_orders_.append(
        what.orders.empty() ? std::nullopt : std::optional(what.orders.front().str())
    );
    updated_.append(what.updated_at);
    expires_.append(what.expires_at);
    last_attempts_.append(static_cast<std::int32_t>(last));
    started_.append(under_way != nullptr ? std::optional(under_way->started_at) : std::nullopt);
    in_doubt_.append(!one.doubts.empty());
    attempts_.append(text_or_none(ended));
    results_.append(one.result ? std::optional(one.result->bytes) : std::nullopt);
    results_sealed_.append(one.result && one.result->sealed);
    errors_.append(what.error ? std::optional(postgres::error_text(*what.error)) : std::nullopt);
    history_.append(
        what.history.empty() ? std::nullopt : std::optional(postgres::history_text(what.history))
    );
}

void page_columns::add_to(postgres::parameters& values) const {
    for (const column* one :
         {&ids_,     &created_,  &lifetimes_,    &replay_safe_, &params_sealed_,  &void_,
          &callers_, &keys_,     &key_scopes_,   &methods_,     &accounts_,       &scopes_,
          &natural_, &bodies_,   &params_,       &orders_,      &totals_,         &open_,
          &states_,  &queued_,   &first_orders_, &updated_,     &expires_,        &last_attempts_,
          &started_, &in_doubt_, &attempts_,     &results_,     &results_sealed_, &errors_,
          &history_}) {
        values.add(*one);
    }
}

std::vector<postgres::type> page_columns::types() {
    postgres::parameters empty;
    const page_columns none;
    none.add_to(empty);
    std::vector<postgres::type> all;
    for (std::size_t i = 0; i < empty.size(); ++i) {
        all.push_back(empty.at(i).of);
    }
    return all;
}

void total_page::add(
    std::string_view scope,
    std::string_view method,
    const moved_total& total,
    const redemption::redemption_id& by
) {
    scopes_.append(scope);
    names_.append(total.name);
    methods_.append(method);
    codes_.append(total.code);
    redemptions_.append(by);
    totals_.append(total.total);
}

void total_page::add_to(postgres::parameters& values) const {
    for (const column* one : {&scopes_, &names_, &methods_, &codes_, &redemptions_, &totals_}) {
        values.add(*one);
    }
}

std::vector<postgres::type> total_page::types() {
    using enum postgres::type;
    return {text_array, text_array, text_array, bytea_array, uuid_array, int8_array};
}

}  // namespace gateway::journal::moving
