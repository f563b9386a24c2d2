// The calls of a process that shares the journal with others.
#include <utility>

#include "memory_journal.hpp"
#include "redemption/late_news.hpp"

namespace gateway::redemption::testing {

asio::awaitable<journal_result<late_answer>> memory_journal::tell_late(const settlement& late) {
    const auto what = told_late.emplace_back(late);
    co_await hop();
    const auto& row = rows.at(what.id);
    late_answer answer;
    answer.not_closed = row.elsewhere && is_under_way(row, *what.ended);
    answer.contradicts = contradicts_late_news;
    if (row.state != state::pending) {
        answer.now = row;
    }
    co_return answer;
}

asio::awaitable<journal_result<void>> memory_journal::give_back(std::vector<redemption_id> which) {
    given_back.insert(given_back.end(), which.begin(), which.end());
    co_await hop();
    co_return journal_result<void>();
}

asio::awaitable<journal_result<bool>> memory_journal::leave_word(
    const redemption_id& id, const operator_resolution& word
) {
    words.emplace_back(id, word);
    co_await hop();
    co_return words.size() == 1;
}

asio::awaitable<journal_result<observation>> memory_journal::look(
    std::vector<redemption_id> watched, std::vector<redemption_id> waiting
) {
    co_await hop(true);
    std::erase_if(watched, [this](const redemption_id& id) {
        const auto row = rows.find(id);
        return row != rows.end() && row->second.state == state::pending && row->second.elsewhere;
    });
    std::erase_if(waiting, [this](const redemption_id& id) { return not_first.contains(id); });
    co_return observation{.ended = std::move(watched), .turns = std::move(waiting)};
}

}  // namespace gateway::redemption::testing
