#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/redacted_text.hpp"
#include "platform_clients/meaning.hpp"

// What TOP's error codes and sub codes mean, as data (TOP docs 101617 and 101645, captured
// answers). What one method alone says is in the method's own rules.

namespace gateway::taobao {

using platform_clients::meaning;
using platform_clients::scope_of;

struct sub_code_rule {
    // The whole sub code; the same with `-tmall` behind it is another name for it. One that ends
    // in `:`, `.` or `-` matches all that begin so. The longest that fits counts, the method's
    // before the protocol's.
    std::string_view name;
    meaning what;
    base::fixed_text sentence;  // for people
    // Of a call limit: how long to stay away when the platform does not say, and the longest ban
    // that its documents make likely.
    std::chrono::seconds stay_away{0};
    std::chrono::seconds longest_usual{0};
};

// A meaning with its sentence; `stay_away` above zero: a call limit, whatever else it means.
struct finding {
    meaning what = meaning::ambiguous;
    base::fixed_text sentence = "the platform answered with an unknown error";
    std::chrono::seconds stay_away{0};
    std::chrono::seconds longest_usual = std::chrono::hours(24);
};

// By the code, or for 15, 50 and the old ones above 500 by the sub code: `own`, the method's rules,
// and those that hold for every method. A sub code that names a trouble of the service (`isp.`) is
// ambiguous under every code, and so is an unknown one
// (docs/redemption-rules.md, Taobao order.verify). `msg` names the parameter of 40 and 41.
finding find_error(
    std::string_view code,
    const std::optional<std::string>& msg,
    const std::optional<std::string>& sub_code,
    std::span<const sub_code_rule> own
);

// By the same rules, without a code; nothing: no rule names it.
std::optional<finding> find_sub_code(std::string_view sub_code, std::span<const sub_code_rule> own);

}  // namespace gateway::taobao
