#include "journal/postgres/batch_columns.hpp"

#include "journal/postgres/record_codec.hpp"
#include "journal/postgres/record_store_parts.hpp"

namespace gateway::journal::postgres {

void accept_columns::add(
    const redemption::record& wish,
    const stored_wish& stored,
    const std::optional<redemption::attempt>& first
) {
    ids_.append(wish.id);
    created_.append(wish.created_at);
    lifetimes_.append(wish.lifetime);
    replay_safe_.append(wish.replay_safe);
    sealed_.append(stored.params_sealed);
    callers_.append(wish.caller);
    all_callers_.append(callers_literal(wish));
    keys_.append(wish.key);
    key_scopes_.append(key_scope_of(wish));
    methods_.append(wish.method);
    accounts_.append(wish.account);
    scopes_.append(redemption::scope_of(wish));
    natural_.append(wish.natural);
    bodies_.append(stored.body);
    params_.append(stored.params);
    orders_.append(names_literal(wish.orders));
    totals_.append(stored.totals);
    updated_.append(wish.updated_at);
    expires_.append(wish.expires_at);
    attempts_.append(first ? static_cast<std::int32_t>(first->number) : 0);
    started_.append(first ? std::optional(first->started_at) : std::nullopt);
}

void accept_columns::add_to(parameters& values) const {
    for (const column* one :
         {&ids_,    &created_,    &lifetimes_, &replay_safe_, &sealed_,  &callers_,  &all_callers_,
          &keys_,   &key_scopes_, &methods_,   &accounts_,    &scopes_,  &natural_,  &bodies_,
          &params_, &orders_,     &totals_,    &updated_,     &expires_, &attempts_, &started_}) {
        values.add(*one);
    }
}

void line_columns::add_name(
    std::int64_t n, const redemption::platform_identity& scope, std::string_view name
) {
    of_.append(n);
    scopes_.append(scope);
    names_.append(name);
}

void line_columns::add_total(
    std::int64_t n, std::string_view name, std::string_view code, std::int64_t total
) {
    total_of_.append(n);
    total_names_.append(name);
    codes_.append(code);
    totals_.append(total);
}

void line_columns::add_names_to(parameters& values) const {
    values.add(of_);
    values.add(scopes_);
    values.add(names_);
}

void line_columns::add_totals_to(parameters& values) const {
    values.add(total_of_);
    values.add(total_names_);
    values.add(codes_);
    values.add(totals_);
}

void start_columns::add(const redemption::redemption_id& id, const redemption::attempt& started) {
    ids_.append(id);
    numbers_.append(static_cast<std::int32_t>(started.number));
    started_.append(started.started_at);
}

void start_columns::add_to(parameters& values) const {
    values.add(ids_);
    values.add(numbers_);
    values.add(started_);
}

void settle_columns::add(
    const redemption::settlement& what,
    const std::optional<std::string>& ended,
    const std::optional<std::string>& result,
    bool sealed
) {
    ids_.append(what.id);
    states_.append(redemption::to_string(what.state).view());
    at_.append(what.at);
    numbers_.append(
        what.ended ? std::optional(static_cast<std::int32_t>(what.ended->number)) : std::nullopt
    );
    ended_.append(ended);
    in_doubt_.append(
        what.state == redemption::state::unknown ||
        (what.ended && what.ended->verdict == redemption::verdict::ambiguous)
    );
    results_.append(result);
    sealed_.append(sealed);
    errors_.append(what.error ? std::optional(error_text(*what.error)) : std::nullopt);
}

void settle_columns::add_to(parameters& values) const {
    for (const column* one :
         {&ids_, &states_, &at_, &numbers_, &ended_, &in_doubt_, &results_, &sealed_, &errors_}) {
        values.add(*one);
    }
}

void total_columns::add(
    const redemption::redemption_id& id,
    std::string_view name,
    std::string_view code,
    std::int64_t total
) {
    ids_.append(id);
    names_.append(name);
    codes_.append(code);
    totals_.append(total);
}

void total_columns::add_to(parameters& values) const {
    values.add(ids_);
    values.add(names_);
    values.add(codes_);
    values.add(totals_);
}

}  // namespace gateway::journal::postgres
