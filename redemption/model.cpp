#include "redemption/model.hpp"

#include <algorithm>

#include "redemption/platform_method.hpp"

namespace gateway::redemption {
namespace {

template <class E>
struct named {
    E value;
    base::fixed_text name;
};

constexpr named<state> state_names[] = {
    {state::pending, "pending"},
    {state::succeeded, "succeeded"},
    {state::rejected, "rejected"},
    {state::failed, "failed"},
    {state::unknown, "unknown"},
};
constexpr named<phase> phase_names[] = {
    {phase::not_sent, "not_sent"},
    {phase::maybe_sent, "maybe_sent"},
    {phase::answered, "answered"},
};
constexpr named<verdict> verdict_names[] = {
    {verdict::executed, "executed"},
    {verdict::refused, "refused"},
    {verdict::not_executed, "not_executed"},
    {verdict::ambiguous, "ambiguous"},
};
constexpr named<error_source> source_names[] = {
    {error_source::caller, "caller"},
    {error_source::gateway, "gateway"},
    {error_source::network, "network"},
    {error_source::platform, "platform"},
    {error_source::operators, "operator"},
};
constexpr named<error_kind> kind_names[] = {
    {error_kind::total_would_fall, "total_would_fall"},
};

// No platform has this name.
constexpr std::string_view unknown_app = "account:";

template <class E, std::size_t N>
base::fixed_text name_of(const named<E> (&table)[N], E value) noexcept {
    for (const auto& row : table) {
        if (row.value == value) {
            return row.name;
        }
    }
    return "?";
}

template <class E, std::size_t N>
std::optional<E> value_of(const named<E> (&table)[N], std::string_view name) noexcept {
    for (const auto& row : table) {
        if (row.name == name) {
            return row.value;
        }
    }
    return std::nullopt;
}

}  // namespace

base::fixed_text to_string(state v) noexcept {
    return name_of(state_names, v);
}
base::fixed_text to_string(phase v) noexcept {
    return name_of(phase_names, v);
}
base::fixed_text to_string(verdict v) noexcept {
    return name_of(verdict_names, v);
}
base::fixed_text to_string(error_source v) noexcept {
    return name_of(source_names, v);
}
std::string_view to_string(error_kind v) noexcept {
    return name_of(kind_names, v);
}
std::string_view to_string(platform_kind v) noexcept {
    return v == platform_kind::alipay ? "alipay" : "taobao";
}
platform_identity identity_of(platform_kind platform, std::string_view app) {
    return platform_identity(std::string(to_string(platform)) + ":" + std::string(app));
}

std::optional<state> state_from(std::string_view s) noexcept {
    return value_of(state_names, s);
}
std::optional<phase> phase_from(std::string_view s) noexcept {
    return value_of(phase_names, s);
}
std::optional<verdict> verdict_from(std::string_view s) noexcept {
    return value_of(verdict_names, s);
}
std::optional<error_source> error_source_from(std::string_view s) noexcept {
    return value_of(source_names, s);
}
std::optional<error_kind> error_kind_from(std::string_view s) noexcept {
    return value_of(kind_names, s);
}

const history_entry* decided_failed(const record& what) noexcept {
    const auto last =
        std::find_if(what.history.rbegin(), what.history.rend(), [](const history_entry& one) {
            return one.action == "resolve" && one.to == state::failed;
        });
    return last == what.history.rend() ? nullptr : &*last;
}

platform_identity scope_of(const platform_identity& identity, const account_name& account) {
    return identity.empty() ? platform_identity(std::string(unknown_app) + account.str())
                            : identity;
}

platform_identity scope_of(const record& what) {
    return scope_of(what.identity, what.account);
}

bool is_known(const platform_identity& scope) noexcept {
    return !scope.empty() && !scope.str().starts_with(unknown_app);
}

bool has_ambiguous_attempt(const record& what) noexcept {
    const auto* settled = decided_failed(what);
    return std::any_of(what.attempts.begin(), what.attempts.end(), [&](const attempt& one) {
        return one.verdict == verdict::ambiguous && (!settled || one.started_at >= settled->at);
    });
}

bool shows(const visibility& to, const record& what) noexcept {
    const auto& accounts = to.accounts;
    return (!to.caller || *to.caller == what.caller) &&
           (!accounts ||
            std::find(accounts->begin(), accounts->end(), what.account) != accounts->end());
}

}  // namespace gateway::redemption
