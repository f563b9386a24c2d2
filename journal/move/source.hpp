#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "journal/sqlite/file_keys.hpp"
#include "journal/sqlite/statement.hpp"
#include "redemption/journal.hpp"

// What a journal in SQLite holds, in steps and as it is stored: sealed texts and covered digests
// are not opened (docs/journal-postgres.md, Moving from SQLite).

namespace gateway::journal::moving {

// A text that may be sealed.
struct stored_bytes {
    std::string bytes;
    bool sealed = false;
};

// A total under an order's name; without one its subject is in the place of the code.
struct moved_total {
    std::string name;
    std::string code;  // covered
    std::int64_t total = 0;
};

struct moved_redemption {
    redemption::record what;  // but for what is covered or sealed; orders as they were given
    std::string scope;
    std::string key_scope;
    std::int64_t queued = 0;
    std::string body;
    stored_bytes params;
    std::optional<stored_bytes> result;
    std::optional<std::string> totals;  // JSON as in redemptions.totals
    std::vector<moved_total> doubts;
};

// A name of an order that has several; `line` is the number of the canonical one.
struct moved_name {
    std::string scope;
    std::string name;
    std::int64_t number = 0;
    std::int64_t line = 0;
};

struct confirmed_total {
    std::string scope;
    std::string method;
    std::string subject;  // covered
    moved_total total;
    std::optional<redemption::redemption_id> by;
};

// How much there is.
struct moved_counts {
    std::int64_t pending = 0;
    std::int64_t unknown = 0;
    std::int64_t succeeded = 0;
    std::int64_t rejected = 0;
    std::int64_t failed = 0;
    std::int64_t confirmed = 0;  // totals of different lines, methods and codes, and their sum
    std::int64_t confirmed_sum = 0;
    std::int64_t doubtful = 0;
    std::int64_t doubtful_sum = 0;
    std::int64_t bans = 0;

    std::int64_t redemptions() const { return pending + unknown + succeeded + rejected + failed; }
    friend bool operator==(const moved_counts&, const moved_counts&) = default;
};

// Thread of the connection; errors are those of the file.
class source {
public:
    // The oldest configured name of each caller that has several, by each of its names.
    using key_scopes = std::map<std::string, std::string>;

    // `db` must outlive this object.
    source(database& db, key_scopes scopes);

    // The next ones by id, at most `at_most`; the same for the following.
    db_result<std::vector<moved_redemption>> redemptions(
        const std::string& after, std::int64_t at_most
    );
    db_result<std::vector<moved_name>> names(std::int64_t after, std::int64_t at_most);
    // Behind `after`; from the first without.
    db_result<std::vector<confirmed_total>> totals(
        const std::optional<confirmed_total>& after, std::int64_t at_most
    );
    db_result<std::vector<redemption::recorded_ban>> bans();
    db_result<std::optional<redemption::time_point>> created_at();
    // The highest place of a redemption in the queue, and the highest number of a name.
    db_result<std::int64_t> last_queued();
    db_result<std::int64_t> last_number();
    db_result<moved_counts> counts();
    // Redemptions with an id up to this one.
    db_result<std::int64_t> count_until(const std::string& id);

private:
    db_result<void> add_children(std::int64_t seq, moved_redemption& to);
    db_result<void> add_totals(std::int64_t seq, moved_redemption& to);
    db_result<std::string> key_scope_of(const redemption::record& what);

    database& db_;
    const key_scopes scopes_;
    statement redemptions_;
    statement same_key_;
    statement attempts_;
    statement orders_;
    statement wanted_;
    statement doubtful_;
    statement history_;
    statement names_;
    statement totals_;
    statement bans_;
};

}  // namespace gateway::journal::moving
