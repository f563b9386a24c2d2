#pragma once

#include <optional>
#include <vector>

#include "journal/managed_journal.hpp"

namespace gateway::journal {

// A journal with one process at a time: everything pending that it has taken or accepted is that
// process's until it ends, so that the calls among several processes have one answer each. They
// complete without suspending.
class single_process_journal : public managed_journal {
public:
    asio::awaitable<redemption::journal_result<redemption::late_answer>> tell_late(
        const redemption::settlement& /*what*/
    ) override {
        co_return redemption::late_answer();
    }
    // The next process takes them at its start.
    asio::awaitable<redemption::journal_result<void>> give_back(
        std::vector<redemption::redemption_id> /*which*/
    ) override {
        co_return redemption::journal_result<void>();
    }
    asio::awaitable<redemption::journal_result<bool>> leave_word(
        const redemption::redemption_id& /*id*/, const redemption::operator_resolution& /*word*/
    ) override {
        co_return false;
    }
    // Each redemption has its driver here, which knows its end and its turn first.
    asio::awaitable<redemption::journal_result<redemption::observation>> look(
        std::vector<redemption::redemption_id> watched,
        std::vector<redemption::redemption_id> waiting
    ) override {
        co_return redemption::observation{.ended = std::move(watched), .turns = std::move(waiting)};
    }
    redemption::fellowship& fellows() override { return fellows_; }

private:
    redemption::alone fellows_;
};

}  // namespace gateway::journal
