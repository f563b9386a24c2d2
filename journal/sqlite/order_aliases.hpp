#pragma once

#include <string>
#include <vector>

#include "journal/sqlite/database.hpp"

namespace gateway::journal {

// The names that orders were ever given together (contract §4: one order, one line), on one
// connection; thread of the connection.
class order_names {
public:
    // Must outlive this.
    explicit order_names(database& db);

    // Where others of the order may stand that has these names: each name that stands for the line
    // of one of them, once.
    db_result<std::vector<redemption::order_key>> lines_of(
        const redemption::account_name& account, const std::vector<redemption::order_key>& names
    );
    // From now on these names are one order's. Tells first the one that stands for its line, then
    // those that did so for a part of it until now.
    db_result<std::vector<redemption::order_key>> link(
        const redemption::account_name& account, const std::vector<redemption::order_key>& names
    );

private:
    statement line_;
    statement same_order_;
};

// SQL of the highest total confirmed (0: none) for a subject, or for the code under another name of
// its order. ?1 is the account, ?2 the method; the arguments are SQL, too.
std::string highest_total(
    const std::string& subject, const std::string& order, const std::string& code
);

}  // namespace gateway::journal
