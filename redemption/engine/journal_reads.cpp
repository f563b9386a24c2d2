#include "redemption/engine/journal_reads.hpp"

#include <utility>

namespace gateway::redemption {

using found = journal_result<std::optional<record>>;

list_filter only(const redemption_id& id, const visibility& reader) {
    list_filter wanted;
    wanted.id = id;
    wanted.caller = reader.caller;
    wanted.accounts = reader.accounts;
    return wanted;
}

boost::asio::awaitable<found> read_visible(journal& from, list_filter wanted) {
    wanted.limit = 1;
    const auto visible = co_await from.list(wanted);
    if (!visible) {
        co_return visible.error();
    }
    if (visible->empty()) {
        co_return std::nullopt;
    }
    co_return co_await from.find(*wanted.id);
}

boost::asio::awaitable<found> read_by_key(
    journal& from, std::vector<caller_name> callers, idempotency_key key
) {
    found result = std::optional<record>();
    for (const auto& caller : callers) {
        result = co_await from.find_by_key(caller, key);
        if (!result || *result) {
            break;
        }
    }
    co_return result;
}

}  // namespace gateway::redemption
