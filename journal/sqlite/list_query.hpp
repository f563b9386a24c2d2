#pragma once

#include <string>
#include <vector>

#include "journal/sqlite/database.hpp"
#include "redemption/journal.hpp"

namespace gateway::journal {

struct list_query {
    std::string sql;
    std::vector<sql_value> values;  // views into the filter, which must outlive the query
};

// The SQL of one page, newest first. One index leads each form of filter, named in the statement,
// so that a page costs the same whatever the journal's size. Ids are UUIDv7: creation times bound
// the ids to look at.
list_query make_list_query(const redemption::list_filter& filter);

// The smallest id a redemption created at or after `at` can have.
std::string lowest_id_from(redemption::time_point at);

}  // namespace gateway::journal
