#include "redemption/engine/journal_reads.hpp"

#include <utility>

namespace gateway::redemption {

using found = journal_result<std::optional<record>>;

boost::asio::awaitable<found> read_visible(
    journal& from, redemption_id id, visibility reader, std::vector<caller_name> earlier
) {
    list_filter wanted;
    wanted.id = id;
    wanted.caller = std::move(reader.caller);
    wanted.formerly = std::move(earlier);
    wanted.accounts = std::move(reader.accounts);
    wanted.limit = 1;
    const auto visible = co_await from.list(wanted);
    if (!visible) {
        co_return visible.error();
    }
    if (visible->empty()) {
        co_return std::nullopt;
    }
    co_return co_await from.find(id);
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
