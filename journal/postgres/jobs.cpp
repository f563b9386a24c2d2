#include "journal/postgres/jobs.hpp"

namespace gateway::journal::postgres {
namespace {

template <class Job>
std::optional<write_error> perform_one(Job& one, record_store& on) {
    auto done = one.perform(on);
    if (!done) {
        return done.error();
    }
    one.answer.set(std::move(*done));
    return std::nullopt;
}

std::optional<write_error> perform_one(other_job& one, record_store& on) {
    return one.call->perform(on);
}

// The answer of a job, whatever its kind.
template <class Visit>
auto with_answer(job& one, const Visit& visit) {
    return std::visit(
        [&](auto& of) {
            if constexpr (requires { of.answer; }) {
                return visit(of.answer);
            } else {
                return visit(*of.call);
            }
        },
        one
    );
}

}  // namespace

std::optional<write_error> perform(job& one, record_store& on) {
    return std::visit([&](auto& of) { return perform_one(of, on); }, one);
}

bool is_done(const job& one) noexcept {
    return std::visit(
        [](const auto& of) {
            if constexpr (requires { of.answer; }) {
                return of.answer.is_done();
            } else {
                return of.call->is_done();
            }
        },
        one
    );
}

void fail(job& one, const redemption::journal_error& why) {
    with_answer(one, [&](auto& answer) { answer.fail(why); });
}

void deliver(job& one) {
    with_answer(one, [](auto& answer) { answer.deliver(); });
}

bool begins_anew(const job& one) noexcept {
    const auto* other = std::get_if<other_job>(&one);
    return other != nullptr ? other->terms.waits : !std::holds_alternative<settle_job>(one);
}

bool is_harmless(const job& one) noexcept {
    const auto* other = std::get_if<other_job>(&one);
    return other != nullptr && other->terms.harmless;
}

}  // namespace gateway::journal::postgres
