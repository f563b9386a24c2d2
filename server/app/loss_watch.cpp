#include "server/app/loss_watch.hpp"

#include <chrono>
#include <utility>

namespace gateway::server {
namespace {

constexpr std::chrono::milliseconds look_interval{250};

}  // namespace

boost::asio::awaitable<redemption::journal_result<redemption::journal_loss>>
loss_watch::acknowledge_losses(std::int64_t up_to, std::string who, std::string note) {
    const redemption::caller_name by(who);
    auto done = co_await journal_.acknowledge_losses(up_to, std::move(who), std::move(note));
    if (done && done->missing > 0) {
        observer_.journal_loss_acknowledged(*done, by);
    }
    co_return done;
}

std::optional<base::redacted_text> loss_watch::obstacle() const {
    const auto open = journal_.loss();
    if (!open) {
        return std::nullopt;
    }
    using base::redacted_text;
    return base::fixed_text("the database lost confirmed writes of ") +
           redacted_text::number(open->missing) + base::fixed_text(" redemptions, of which ") +
           redacted_text::number(open->restored) +
           base::fixed_text(" are written again; an operator must acknowledge loss ") +
           redacted_text::number(open->number);
}

boost::asio::awaitable<void> loss_watch::watch() {
    std::optional<redemption::journal_loss> told;
    while (!stopped_) {
        for (const auto& look : journal_.take_looks()) {
            observer_.journal_looked_at(look);
        }
        const auto open = journal_.loss();
        if (open != told) {
            observer_.journal_loss_open(open);
            told = open;
        }
        co_await stopping_.wait_until(time_, time_.now() + look_interval);
    }
}

void loss_watch::stop() {
    stopped_ = true;
    stopping_.notify();
}

}  // namespace gateway::server
