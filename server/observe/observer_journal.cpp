// Reports of the journal's owner: its health, its space, the rows that retention removed.

#include <algorithm>
#include <span>

#include "server/observe/observer.hpp"
#include "server/observe/observer_state.hpp"
#include "text/timestamp.hpp"

namespace gateway::server {
namespace {

// A reader that keeps more of the log than this is worth a line, and a volume with less space.
constexpr std::uint64_t much_held = std::uint64_t{16} << 20U;
constexpr std::uint64_t little_free = std::uint64_t{64} << 20U;

double as_double(std::uint64_t bytes) {
    return static_cast<double>(bytes);
}

std::int64_t as_integer(std::uint64_t bytes) {
    return static_cast<std::int64_t>(bytes);
}

// A line has so many ids at most.
constexpr std::size_t ids_in_line = 50;

base::redacted_text list_of(std::span<const redemption::redemption_id> ids) {
    base::redacted_text all;
    for (const auto& id : ids) {
        if (!all.empty()) {
            all += base::redacted_text(base::fixed_text(" "));
        }
        all += base::redacted_text(id);
    }
    return all;
}

// Turns on at the threshold and off again well away from it, so that a line is not repeated.
bool turned_on(bool& on, bool beyond, bool well_below) {
    if (!on && beyond) {
        on = true;
        return true;
    }
    on = on && !well_below;
    return false;
}

}  // namespace

void observer::journal_oldest_write(std::chrono::nanoseconds waits) {
    state_->series.journal_oldest_write.at({}).Set(seconds(waits));
}

void observer::journal_hangs(const base::redacted_text& reason) {
    state_->series.journal_failures.at({}).Increment();
    state_->journal_fault = reason;
    log_.write(
        config::log_level::error,
        "journal_failed",
        {{"why", reason},
         {"do",
          "check the journal's volume, or its database; what callers were not told is done when it "
          "answers"}}
    );
}

void observer::journal_storage(
    std::uint64_t log, std::uint64_t held, std::optional<std::uint64_t> free
) {
    state_->series.journal_wal_bytes.at({}).Set(as_double(log));
    if (turned_on(state_->journal_log_held, held >= much_held, held < much_held / 2)) {
        log_.warn(
            "journal_log_held",
            {{"why", "another process has been reading the journal for long, so that its log grows"
             },
             {"do", "end the sqlite3 session or the backup that has the file open"},
             {"log_bytes", as_integer(log)},
             {"held_bytes", as_integer(held)}}
        );
    }
    if (!free) {
        state_->series.journal_free_bytes.remove({});
        return;
    }
    state_->series.journal_free_bytes.at({}).Set(as_double(*free));
    if (turned_on(state_->journal_space_low, *free < little_free, *free > 2 * little_free)) {
        log_.warn(
            "journal_space_low",
            {{"why", "the journal's volume is almost full; without space nothing is accepted"},
             {"do", "free space on the volume, or enlarge it"},
             {"free_bytes", as_integer(*free)}}
        );
    }
}

void observer::journal_standing(const redemption::replica_standing& now) {
    auto& before = state_->standing;
    auto& all = state_->series;
    all.journal_replicas.at({}).Set(as_double(now.replicas));
    all.journal_lease_left.at({}).Set(seconds(now.lease_left));
    all.journal_renewal.at({}).Set(seconds(now.renewal));
    all.journal_lives_lost.at({}).Increment(as_double(now.lives_lost - before.lives_lost));
    all.journal_replicas_ended.at({}).Increment(as_double(now.ended - before.ended));
    all.journal_taken.at({}).Increment(as_double(now.taken - before.taken));
    all.journal_given_back.at({}).Increment(as_double(now.given_back - before.given_back));
    if (now.lives_lost > before.lives_lost) {
        log_.warn(
            "lease_lost",
            {{"why", "another gateway saw no renewal for the length of the lease, and took over"},
             {"do", "find what held this process or its database for so long; it goes on by itself"}
            }
        );
    }
    if (now.ended > before.ended) {
        log_.warn(
            "replica_ended",
            {{"why", "it did not renew its lease; what it had is taken over"},
             {"replicas", as_integer(now.ended - before.ended)},
             {"left", as_integer(now.replicas)}}
        );
    }
    before = now;
}

void observer::journal_created_at(redemption::time_point at) {
    const auto since_1970 = std::chrono::duration<double>(at.time_since_epoch()).count();
    state_->series.journal_created.at({}).Set(since_1970);
}

void observer::journal_is_new(const base::redacted_text& file) {
    log_.warn(
        "journal_created",
        {{"why", "there was no journal; redemptions of an earlier one are not known"},
         {"do", "unless this is the first start: stop the gateway and put the journal back"},
         {"file", file}}
    );
}

void observer::journal_log_missing(const base::redacted_text& file) {
    log_.warn(
        "journal_log_missing", {{"why", missing_log_why}, {"do", missing_log_do}, {"file", file}}
    );
}

void observer::journal_rows_in_clear(std::uint64_t count) {
    log_.warn(
        "journal_rows_in_clear",
        {{"why", "they were written before there was an encryption key"},
         {"do", "stop the gateway and run it once with --seal-journal"},
         {"redemptions", as_integer(count)}}
    );
}

void observer::journal_removed(std::size_t count, redemption::time_point older_than) {
    state_->series.journal_removed.at({}).Increment(static_cast<double>(count));
    log_.info(
        "journal_removed",
        {{"redemptions", static_cast<std::int64_t>(count)},
         {"older_than", base::redacted_text::trusted(text::to_rfc3339(older_than))}}
    );
}

void observer::retention_paused(bool paused) {
    state_->series.retention_paused.at({}).Set(paused ? 1 : 0);
    if (!paused) {
        log_.info("retention_goes_on", {});
        return;
    }
    log_.warn(
        "retention_paused",
        {{"why", "the wall clock is more than a day ahead of what the journal has seen pass"},
         {"do", "check the clock; one that is right is believed after a day with traffic"}}
    );
}

void observer::journal_looked_at(const redemption::tail_look& look) {
    const auto missing = look.restored.size() + look.lost.size();
    state_->series.journal_missing.at({}).Increment(static_cast<double>(missing));
    state_->series.journal_restored.at({}).Increment(static_cast<double>(look.restored.size()));
    if (missing == 0) {
        log_.info("journal_looked_at", {{"redemptions", as_integer(look.looked_at)}});
        return;
    }
    log_.write(
        config::log_level::error,
        "journal_lost",
        {{"why", "the database's server lacked writes that it had confirmed"},
         {"do", "see operations.md, After a failover; the ids follow"},
         {"looked_at", as_integer(look.looked_at)},
         {"restored", as_integer(look.restored.size())},
         {"lost", as_integer(look.lost.size())},
         {"reaches_further", look.reaches_further ? log_value("perhaps") : log_value("no")}}
    );
    const auto name_all = [&](base::fixed_text event,
                              std::span<const redemption::redemption_id> of) {
        for (; !of.empty(); of = of.subspan(std::min(ids_in_line, of.size()))) {
            const auto ids = list_of(of.first(std::min(ids_in_line, of.size())));
            log_.write(config::log_level::error, event, {{"ids", ids}});
        }
    };
    name_all("journal_restored_ids", look.restored);
    name_all("journal_lost_ids", look.lost);
}

void observer::journal_loss_open(const std::optional<redemption::journal_loss>& open) {
    const auto missing = open ? open->missing : 0;
    state_->series.journal_loss.at({}).Set(static_cast<double>(missing));
    if (!open) {
        log_.info("journal_loss_closed", {});
        return;
    }
    log_.write(
        config::log_level::error,
        "journal_loss_open",
        {{"why", "a failover lost confirmed writes, so that no gateway is ready"},
         {"do", "see operations.md, After a failover"},
         {"loss", open->number},
         {"missing", open->missing},
         {"restored", open->restored}}
    );
}

void observer::journal_loss_acknowledged(
    const redemption::journal_loss& known, const redemption::caller_name& by
) {
    log_.warn(
        "journal_loss_acknowledged",
        {{"by", by},
         {"up_to", known.number},
         {"missing", known.missing},
         {"restored", known.restored}}
    );
}

void observer::journal_not_closed() {
    log_.write(
        config::log_level::error,
        "journal_not_closed",
        {{"why",
          "the journal's disk or database does not answer, so the process ends without closing it"},
         {"do", "nothing is lost; check the disk or the database before the next start"}}
    );
}

}  // namespace gateway::server
