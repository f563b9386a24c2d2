#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "platform_clients/taobao/answer.hpp"
#include "platform_clients/taobao/error_table.hpp"
#include "redemption/platform_method.hpp"

// The outcome of an attempt, decided from what TOP said
// (docs/redemption-rules.md, Phases and verdicts; TOP docs 101617 and 101645). Pure; the errors'
// meanings are in error_table.

namespace gateway::taobao {

redemption::attempt_outcome unreadable_outcome(
    const unreadable_answer& answer, const base::masker& secrets
);

// The platform's error by its code and sub code. `own` are the method's rules; with
// `ambiguous_before`, an earlier attempt of the same redemption may have been executed.
redemption::attempt_outcome error_outcome(
    const error_answer& error,
    std::span<const sub_code_rule> own,
    bool ambiguous_before,
    const base::masker& secrets
);

// The same for a sub code without a code, as `ret_code` may hold one; nothing: no rule names it.
// `message` may name a ban. The phase is `answered`, the evidence empty.
std::optional<redemption::attempt_outcome> sub_code_outcome(
    std::string_view sub_code,
    std::string_view message,
    std::span<const sub_code_rule> own,
    bool ambiguous_before
);

// An answered outcome of a method's own judgement.
redemption::attempt_outcome answered(redemption::verdict verdict, base::fixed_text detail);

// What the platform said, without `secrets`, short enough for a journal row.
redemption::evidence evidence_of(const error_answer& error, const base::masker& secrets);

}  // namespace gateway::taobao
