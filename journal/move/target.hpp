#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "journal/move/page_columns.hpp"
#include "journal/move/source.hpp"
#include "journal/postgres/postgres_journal.hpp"

// The journal in PostgreSQL into which another one is moved (docs/journal-postgres.md, Moving from
// SQLite). Each step is one transaction that may be repeated, and is refused once a later run of
// the command has begun. Errors throw std::runtime_error with one sentence.

namespace gateway::journal::moving {

// What the database says about a move into it.
struct move_state {
    bool has_one = false;
    std::string source;  // its mark
    bool finished = false;
    bool served = false;  // a process has enrolled since it was finished
};

class target {
public:
    // Connects, brings the tables up to date and checks the server. `time` must outlive this
    // object.
    target(const base::runtime& time, const postgres::postgres_settings& settings);

    move_state state();
    // Begins a move from the journal with the mark, or goes on with it: takes the database from
    // gateways and from earlier runs. Gives the id up to which redemptions are copied. Waits for a
    // lease when a process has not left; `waiting` is called before.
    std::optional<redemption::redemption_id> begin(
        const std::string& source, const std::function<void()>& waiting
    );
    void set_keys(const journal_keys& keys);
    void set_birth(const std::optional<redemption::time_point>& at);
    // Numbers that are drawn from now on are above these.
    void set_numbers(std::int64_t last_number, std::int64_t last_queued);

    void copy(const std::vector<moved_name>& names);
    void copy(const std::vector<moved_redemption>& page);
    void copy(const std::vector<confirmed_total>& totals);
    void copy(const std::vector<redemption::recorded_ban>& bans);

    // Looks whether the rows are there as the source has them.
    void compare(const std::vector<moved_name>& names);
    void compare(const std::vector<moved_redemption>& page);
    void compare(const std::vector<confirmed_total>& totals);
    void compare(const std::vector<redemption::recorded_ban>& bans);
    void compare_keys(const journal_keys& keys);
    moved_counts counts();

    // Gateways may serve it from now on.
    void finish();

private:
    std::vector<postgres::rows> run(std::vector<postgres::call> calls, const char* doing);
    std::vector<postgres::rows> write(std::vector<postgres::call> calls, const char* doing);
    void refuse_begin(const std::string& source);
    void end_replicas(const std::function<void()>& waiting);
    std::vector<std::pair<std::int64_t, std::int64_t>> living();
    void find_difference(postgres::call one, const char* in);

    const base::runtime& time_;
    const std::chrono::nanoseconds lease_;
    postgres::connection db_;
    std::int32_t run_ = 0;
};

}  // namespace gateway::journal::moving
