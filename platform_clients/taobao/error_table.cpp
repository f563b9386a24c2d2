#include "platform_clients/taobao/error_table.hpp"

#include "platform_clients/common_parameter.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>

namespace gateway::taobao {
namespace {

using std::chrono::seconds;

struct code_row {
    int first;
    int last;
    std::optional<meaning> what;  // none: the sub code says
    base::fixed_text sentence;
};

// Numbers not listed are ambiguous.
constexpr code_row codes[] = {
    {1, 1, meaning::ambiguous, "the platform had a system error"},
    {2, 2, meaning::account_fault, "the application is on the platform's blacklist"},
    {3, 3, meaning::refused, "the platform did not take the upload"},
    {4, 8, meaning::throttled, "the platform limits how often it may be called"},
    {9, 9, meaning::gateway_fault, "the platform does not allow this HTTP action"},
    {10, 10, meaning::ambiguous, "the platform's service was unavailable"},
    {11, 13, meaning::method_fault, "the account lacks a permission for this method"},
    {15, 15, std::nullopt, "the service behind the platform answered with an error"},
    {20, 20, meaning::gateway_fault, "the platform no longer serves this API version"},
    {21, 22, meaning::gateway_fault, "the platform does not know this method"},
    {23, 23, meaning::gateway_fault, "the platform does not know this answer format"},
    {24, 25, meaning::account_fault, "the platform does not accept the account's signature"},
    {26, 27, meaning::account_fault, "the account's session is missing, invalid or expired"},
    {28, 29, meaning::account_fault, "the platform does not know the account's app key"},
    {30, 31, meaning::clock_skew, "the platform does not accept the request's timestamp"},
    {32, 34, meaning::gateway_fault, "the platform does not know this protocol version"},
    {40, 40, meaning::refused, "the platform misses a required parameter"},
    {41, 41, meaning::refused, "the platform calls a parameter invalid"},
    {42, 42, meaning::refused, "the platform forbids this request"},
    {43, 43, meaning::refused, "the platform calls a parameter invalid"},
    {44, 44, meaning::ambiguous, "the service behind the platform failed"},
    {45, 45, meaning::gateway_fault, "the platform no longer serves this API version"},
    {46, 46, meaning::refused, "the platform has abandoned this item"},
    {47, 47, meaning::gateway_fault, "the platform calls the request's encoding invalid"},
    {50, 50, std::nullopt, "the service behind the platform answered with an error"},
    {100, 200, meaning::ambiguous, "the platform's authorization service answered with an error"},
    {501,
     std::numeric_limits<int>::max(),
     std::nullopt,
     "the service behind the platform answered with an error"},
};

constexpr seconds short_stay{1};  // bans without a number last a second or two
// A day's calls are used up: asking every second does not help, but the quota can be reset by hand
// at any time (as the official support says).
constexpr seconds quota_stay{60};
// Limits by the second and by the minute; 71 s is the longest that was seen.
constexpr seconds longest_short_ban = std::chrono::minutes(10);
// A quota is of a day.
constexpr seconds longest_quota_ban = std::chrono::hours(24);

// Sub codes that every method may be answered with.
constexpr sub_code_rule common_rules[] = {
    {"isp.", meaning::ambiguous, "the service behind the platform failed"},
    // The same timestamp and signature again: of this copy of the request we know nothing more.
    {"isv.request-replay-error", meaning::ambiguous, "the platform saw this very request before"},

    {"accesscontrol.limited-by-app-access-count",
     meaning::throttled,
     "the application has used up its calls",
     quota_stay,
     longest_quota_ban},
    {"accesscontrol.limited-by-api-access-count",
     meaning::throttled,
     "the platform limits how often this method may be called",
     short_stay,
     longest_short_ban},
    {"accesscontrol.limited-by-app-api-access-count",
     meaning::throttled,
     "the platform limits how often the application may call this method",
     short_stay,
     longest_short_ban},
    {"accesscontrol.limited-by-dynamic-access-count",
     meaning::throttled,
     "the platform limits how often it may be called",
     short_stay,
     longest_short_ban},

    {"isv.permission-", meaning::method_fault, "the application lacks a permission"},
    {"isv.permission-api-package-empty",
     meaning::method_fault,
     "the application has no permission package"},
    {"isv.permission-api-package-not-allowed",
     meaning::method_fault,
     "the application may not call this method"},
    {"isv.permission-api-package-limit",
     meaning::method_fault,
     "the application's packages do not hold this method"},
    {"isv.permission-ip-whitelist-limit",
     meaning::method_fault,
     "the application may not call from this address"},
    {"invalid-session", meaning::account_fault, "the account's session is invalid"},
    {"invalid-sessionkey", meaning::account_fault, "the account's session is invalid"},
    {"session-", meaning::account_fault, "the platform does not accept the account's session"},
    {"sessionkey-", meaning::account_fault, "the platform does not accept the account's session"},
    {"session-expired", meaning::account_fault, "the account's session has expired"},
    {"session-not-exist", meaning::account_fault, "the platform does not know the account's session"
    },

    // The families that TOP's documents call faults of the parameters; behind the colon, which.
    {"isv.missing-parameter", meaning::refused, "a required parameter is missing"},
    {"isv.missing-parameter:", meaning::refused, "a required parameter is missing"},
    {"isv.invalid-parameter", meaning::refused, "a parameter is invalid"},
    {"isv.invalid-parameter:", meaning::refused, "a parameter is invalid"},
    {"isv.parameters-mismatch", meaning::refused, "two parameters do not fit each other"},
    {"isv.parameters-mismatch:", meaning::refused, "two parameters do not fit each other"},
};

// Another spelling of the sub code before it.
constexpr std::string_view same_as = "-tmall";

bool matches(std::string_view name, std::string_view sub_code) noexcept {
    if (!sub_code.starts_with(name)) {
        return false;
    }
    const auto rest = sub_code.substr(name.size());
    constexpr std::string_view family = ":.-";
    return rest.empty() || rest == same_as || family.find(name.back()) != family.npos;
}

const code_row* find_code(std::string_view code) noexcept {
    int number = 0;
    const auto [at, fault] = std::from_chars(code.data(), code.data() + code.size(), number);
    if (fault != std::errc{} || at != code.data() + code.size()) {
        return nullptr;
    }
    const auto* row = std::find_if(std::begin(codes), std::end(codes), [&](const auto& one) {
        return number >= one.first && number <= one.last;
    });
    return row == std::end(codes) ? nullptr : row;
}

// A parameter of every call: no document lists all the names for what is wrong with one.
std::optional<finding> find_common_parameter(std::string_view name) {
    if (const auto what = platform_clients::fault_of_common_parameter(name)) {
        return finding{*what, "the platform does not accept what the gateway sends with each call"};
    }
    return std::nullopt;
}

// "isv.missing-parameter:session", "isv.invalid-method"
std::optional<finding> common_parameter_in_name(std::string_view sub_code) {
    if (sub_code.ends_with(same_as)) {
        sub_code.remove_suffix(same_as.size());
    }
    for (const std::string_view prefix :
         {"isv.missing-parameter:", "isv.invalid-parameter:", "isv.missing-", "isv.invalid-"}) {
        if (sub_code.starts_with(prefix)) {
            return find_common_parameter(sub_code.substr(prefix.size()));
        }
    }
    return std::nullopt;
}

// "Missing required arguments:session", the words of 40 and 41.
std::optional<finding> common_parameter_in_words(std::string_view msg) {
    const auto colon = msg.rfind(':');
    return colon == std::string_view::npos ? std::nullopt
                                           : find_common_parameter(msg.substr(colon + 1));
}

finding by_number(const code_row& row) noexcept {
    const auto what = row.what.value_or(meaning::ambiguous);
    return {what, row.sentence, what == meaning::throttled ? short_stay : seconds(0)};
}

}  // namespace

finding find_error(
    std::string_view code,
    const std::optional<std::string>& msg,
    const std::optional<std::string>& sub_code,
    std::span<const sub_code_rule> own
) {
    const auto* row = find_code(code);
    if (!row) {
        return {};
    }
    auto numbered = by_number(*row);
    if (msg && (row->first == 40 || row->first == 41)) {
        numbered = common_parameter_in_words(*msg).value_or(numbered);
    }
    const auto named = sub_code ? find_sub_code(*sub_code, own) : std::nullopt;
    if (!named) {
        return row->what || !sub_code ? numbered : finding{};
    }
    // No parameter of a caller can cause what the name says.
    const bool not_the_callers =
        numbered.what == meaning::refused && scope_of(named->what) != redemption::fault_scope::none;
    const bool name_decides = !row->what || named->what == numbered.what ||
                              named->what == meaning::ambiguous || not_the_callers;
    auto found = name_decides ? *named : numbered;
    found.stay_away = std::max(named->stay_away, numbered.stay_away);
    found.longest_usual = named->longest_usual;
    return found;
}

std::optional<finding> find_sub_code(
    std::string_view sub_code, std::span<const sub_code_rule> own
) {
    const sub_code_rule* best = nullptr;
    for (const auto rules : {std::span<const sub_code_rule>(common_rules), own}) {
        for (const auto& rule : rules) {
            const bool fits = matches(rule.name, sub_code);
            if (fits && (!best || rule.name.size() >= best->name.size())) {
                best = &rule;
            }
        }
    }
    if (!best || best->what == meaning::refused) {
        if (const auto common = common_parameter_in_name(sub_code)) {
            return common;
        }
    }
    if (!best) {
        return std::nullopt;
    }
    finding found{best->what, best->sentence, best->stay_away};
    if (best->stay_away.count() > 0) {
        found.longest_usual = best->longest_usual;
    }
    return found;
}

}  // namespace gateway::taobao
