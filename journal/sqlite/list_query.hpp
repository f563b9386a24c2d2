#pragma once

#include <string>
#include <vector>

#include "journal/sqlite/statement.hpp"
#include "redemption/journal.hpp"

namespace gateway::journal {

struct list_query {
    std::string sql;
    std::vector<sql_value> values;  // views into the filter, which must outlive the query
};

// The SQL of one page, newest first. Each form of filter has a leading index, named in the
// statement, so that the cost of a page does not depend on the journal's size. Ids are UUIDv7:
// creation times bound the range of ids.
list_query make_list_query(const redemption::list_filter& filter);

}  // namespace gateway::journal
