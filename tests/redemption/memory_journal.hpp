#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "redemption/journal.hpp"

namespace gateway::redemption::testing {

// The journal's port over a map: completes through the loop like the real one, can be told to fail.
class memory_journal final : public journal {
public:
    explicit memory_journal(base::runtime& time) : time_(time) {}

    asio::awaitable<journal_result<accept_outcome>> accept(
        const record& wish, std::optional<attempt> first
    ) override;
    asio::awaitable<journal_result<accept_outcome>> restart(
        const record& wish, std::optional<attempt> first
    ) override;
    asio::awaitable<journal_result<start_outcome>> start_attempt(
        const redemption_id& id, const attempt& started
    ) override;
    asio::awaitable<journal_result<settle_outcome>> settle(const settlement& what) override;
    asio::awaitable<journal_result<late_answer>> tell_late(const settlement& what) override;
    asio::awaitable<journal_result<decide_outcome>> decide(const settlement& what, time_point seen)
        override;
    asio::awaitable<journal_result<std::optional<record>>> find(const redemption_id& id) override;
    asio::awaitable<journal_result<std::optional<record>>> find_by_key(
        const caller_name& caller, const idempotency_key& key
    ) override;
    asio::awaitable<journal_result<std::vector<record>>> list(const list_filter& filter) override;
    // Pages through what is pending; after an empty page the next call is another process's first.
    asio::awaitable<journal_result<std::vector<record>>> take(std::size_t at_most) override;
    asio::awaitable<journal_result<void>> give_back(std::vector<redemption_id> which) override;
    asio::awaitable<journal_result<bool>> leave_word(
        const redemption_id& id, const operator_resolution& word
    ) override;
    asio::awaitable<journal_result<observation>> look(
        std::vector<redemption_id> watched, std::vector<redemption_id> waiting
    ) override;
    asio::awaitable<journal_result<std::vector<recorded_ban>>> load_bans() override;
    asio::awaitable<journal_result<void>> lift_bans(
        const platform_identity& identity, const std::optional<method_name>& method
    ) override;
    asio::awaitable<journal_result<std::uint64_t>> count_unknown() override;
    asio::awaitable<journal_result<std::optional<time_point>>> newest_change() override;
    asio::awaitable<journal_result<std::vector<unconfigured_name>>> find_unconfigured(
        const configured_names& configured
    ) override;
    asio::awaitable<journal_result<std::vector<account_identity>>> account_names() override;
    asio::awaitable<journal_result<void>> probe() override;
    asio::awaitable<journal_result<void>> adopt(const account_identity& known) override;
    asio::awaitable<journal_result<std::size_t>> remove_final_before(
        time_point before, std::size_t at_most
    ) override;
    std::optional<journal_error> trouble() const override { return broken; }

    std::map<redemption_id, record> rows;
    std::vector<redemption_id> queued;  // in the order of going to work
    std::map<std::string, std::int64_t> totals;
    std::set<redemption_id> in_doubt;  // their totals may have been executed
    std::vector<account_identity> adopted;
    std::map<order_key, order_key> canonical;  // of each order key
    std::vector<recorded_ban> bans;
    std::optional<journal_error> broken;  // every write fails while set
    bool hangs = false;                   // every call waits until this is false
    bool writes_hang = false;             // the same, but for reading
    bool look_ups_hang = false;           // by key and in lists; they read when this is false again
    bool settlements_answer_late = false;  // they are written, and answer when this is false again
    // The next acceptance fails so; what is in doubt is found later.
    std::optional<journal_error> accept_fault;
    bool next_find_trails = false;     // it reads now and answers after the next write
    bool throws = false;               // at the next start or decision, once
    std::size_t settle_throws = 0;     // so many settlements throw first
    std::size_t fail_settlements = 0;  // so many settlements fail first
    std::size_t probes = 0;
    std::size_t look_ups = 0;                  // find(), find_by_key() and list()
    std::optional<time_point> newest;          // as the journal says
    std::size_t removable = 0;                 // rows that are old enough
    std::optional<time_point> removed_before;  // the last limit asked for
    std::function<void()> after_find_by_key;   // called once, between reading and answering
    std::function<void()> during_restart;      // called once, before a restart looks at the row
    std::function<void()> during_settle;       // called once, while a settlement is under way
    // Other processes: rows with `elsewhere` are theirs; an attempt of these comes after one of
    // theirs; these are nobody's, and the only ones that take() gives once it is set.
    std::set<redemption_id> not_first;
    std::optional<std::set<redemption_id>> free;
    std::vector<settlement> told_late;
    bool contradicts_late_news = false;
    bool next_accept_is_lost = false;  // in doubt, done, and taken over before the answer
    std::vector<std::pair<redemption_id, operator_resolution>> words;
    std::vector<redemption_id> given_back;
    std::vector<std::string> log;  // "accept+start", "start 2", "settle succeeded", …

private:
    std::set<redemption_id> given_;  // by take()
    asio::awaitable<void> hop(bool reads = false);
    asio::awaitable<void> wait_while(const bool& flag);
    void throw_once();
    std::optional<total_would_fall> fall_of(const record& what);
    std::optional<total_would_fall> doubtful_above(const record& what, const running_total& total);
    void to_the_end(const redemption_id& id);
    std::vector<order_key> aliases_of(const record& what) const;
    std::vector<order_key> link(const record& what);

    base::runtime& time_;
};

}  // namespace gateway::redemption::testing
