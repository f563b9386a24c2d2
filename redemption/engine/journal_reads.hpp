#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <vector>

#include "redemption/journal.hpp"

namespace gateway::redemption {

// Look-ups in the journal on a caller's behalf. `from` outlives them. Loop thread only.

// That redemption, if the reader may see it.
list_filter only(const redemption_id& id, const visibility& reader);
// The redemption with the id of the filter, if its reader may see it. The journal leaves out the
// rows that the reader may not see before it reads them, so that the answer takes no longer for a
// redemption of others than for none.
boost::asio::awaitable<journal_result<std::optional<record>>> read_visible(
    journal& from, list_filter wanted
);
// The first redemption that one of the names has under the key.
boost::asio::awaitable<journal_result<std::optional<record>>> read_by_key(
    journal& from, std::vector<caller_name> callers, idempotency_key key
);

}  // namespace gateway::redemption
