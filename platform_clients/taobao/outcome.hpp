#pragma once

#include <optional>
#include <string_view>

#include "platform_clients/taobao/answer.hpp"
#include "redemption/platform_method.hpp"

// What an attempt came to, decided from what TOP said (contract §4, TOP docs 101617
// and 101645). Pure; the errors' meanings are in error_table.

namespace gateway::taobao {

redemption::attempt_outcome unreadable_outcome(const unreadable_answer& answer);

// The platform's error by its code; 15, 50 and the old ones above 500 by their sub code. A code
// that no table knows may have been executed.
redemption::attempt_outcome error_outcome(const error_answer& error);

// A sub code by the names in the table alone, without the prefix rules of the platform's wording
// (`isv.` caller, `isp.` service). For `ret_code`, whose vocabulary is not documented. The phase is
// `answered`, the evidence empty.
std::optional<redemption::attempt_outcome> known_sub_code_outcome(std::string_view sub_code);

// An answered outcome of a method's own judgement.
redemption::attempt_outcome answered(redemption::verdict verdict, std::string detail);

}  // namespace gateway::taobao
