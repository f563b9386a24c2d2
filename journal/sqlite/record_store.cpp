#include "journal/sqlite/record_store.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "journal/sqlite/record_rows.hpp"

namespace gateway::journal {
namespace {

using redemption::accept_outcome;
using redemption::attempt;
using redemption::record;
using redemption::state;

std::string_view text_of(const redemption::fingerprint& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

record_store::record_store(database& db, const file_keys& keys)
    : db_(db), keys_(keys), reader_(db, keys), aliases_(db), totals_(db, keys), statements_(db) {}

db_result<accept_outcome> record_store::accept(
    const record& wish, const std::optional<attempt>& first
) {
    auto existing = find_by_key_of(wish);
    if (!existing) {
        return existing.error();
    }
    if (*existing) {
        return accept_outcome(redemption::key_taken{std::move(**existing)});
    }
    const auto scope = redemption::scope_of(wish);
    auto obstacle = obstacle_to(scope, wish);
    if (!obstacle) {
        return obstacle.error();
    }
    if (*obstacle) {
        return std::move(**obstacle);
    }
    auto inserted = insert(wish);
    if (!inserted) {
        return inserted.error();
    }
    auto aliases = aliases_.merge(scope, wish.orders);
    if (!aliases) {
        return aliases.error();
    }
    return begin_work(*inserted, wish.orders, std::move(*aliases), first);
}

db_result<std::optional<record>> record_store::find_by_key_of(const record& wish) {
    auto existing = reader_.find_by_key(wish.caller, wish.key);
    for (const auto& earlier : wish.formerly) {
        if (!existing || *existing) {
            return existing;
        }
        existing = reader_.find_by_key(earlier, wish.key);
    }
    return existing;
}

db_result<accept_outcome> record_store::restart(
    const record& wish, const std::optional<attempt>& first
) {
    auto existing = reader_.find(wish.id);
    if (!existing) {
        return existing.error();
    }
    if (!*existing) {
        return no_such(wish.id);
    }
    if ((*existing)->state != state::failed) {
        return accept_outcome(redemption::key_taken{std::move(**existing)});
    }
    const auto scope = redemption::scope_of(wish.identity, (*existing)->account);
    auto obstacle = obstacle_to(scope, **existing);
    if (!obstacle) {
        return obstacle.error();
    }
    if (*obstacle) {
        return std::move(**obstacle);
    }
    auto row = look_up(wish.id);
    if (!row) {
        return row.error();
    }
    if (auto done = statements_.restart.run(
            scope, wish.updated_at, wish.expires_at, wish.lifetime, (*row)->seq
        );
        !done) {
        return done.error();
    }
    auto aliases = aliases_.merge(scope, (*existing)->orders);
    if (!aliases) {
        return aliases.error();
    }
    return begin_work((*row)->seq, (*existing)->orders, std::move(*aliases), first);
}

db_result<accept_outcome> record_store::begin_work(
    std::int64_t seq,
    const std::vector<redemption::order_key>& given,
    std::vector<redemption::order_key> aliases,
    const std::optional<attempt>& first
) {
    const bool gives_all = std::all_of(aliases.begin(), aliases.end(), [&](const auto& alias) {
        return std::find(given.begin(), given.end(), alias) != given.end();
    });
    const bool starts = first && gives_all;
    if (starts) {
        if (auto started = record_start(seq, *first); !started) {
            return started.error();
        }
    }
    return accept_outcome(
        redemption::accepted{.order_aliases = std::move(aliases), .started = starts}
    );
}

db_result<void> record_store::probe() {
    return statements_.probe.run();
}

db_result<void> record_store::lift_bans(
    const redemption::platform_identity& identity,
    const std::optional<redemption::method_name>& method
) {
    return statements_.lift_bans.run(identity, method.value_or(redemption::method_name()));
}

db_result<std::size_t> record_store::remove_final_before(
    redemption::time_point limit, std::size_t at_most, redemption::time_point now
) {
    const auto most = static_cast<std::int64_t>(at_most);
    if (auto removed = statements_.remove.run(limit, most, now); !removed) {
        return removed.error();
    }
    return static_cast<std::size_t>(db_.changes());
}

db_error record_store::no_such(const redemption::redemption_id& id) {
    return {0, "the journal holds no redemption " + id.str()};
}

db_result<std::optional<record_store::stored>> record_store::look_up(
    const redemption::redemption_id& id
) {
    stored found;
    auto there = statements_.look_up.first(
        [&](const row& at) -> db_result<void> {
            const auto state = redemption::state_from(at.text(1));
            if (!state) {
                return db_error(0, "the state of redemption " + id.str() + " can't be understood");
            }
            found.seq = at.integer(0);
            found.state = *state;
            found.identity = redemption::platform_identity(std::string(at.text(2)));
            found.method = redemption::method_name(std::string(at.text(3)));
            return {};
        },
        id
    );
    if (!there) {
        return there.error();
    }
    return *there ? std::optional(std::move(found)) : std::nullopt;
}

db_result<std::optional<accept_outcome>> record_store::obstacle_to(
    const redemption::platform_identity& scope, const record& wish
) {
    std::optional<accept_outcome> obstacle;
    if (wish.natural) {
        auto holder = reader_.holder_of(scope, wish.method, *wish.natural);
        if (!holder) {
            return holder.error();
        }
        if (*holder) {
            obstacle = redemption::natural_key_taken{std::move(**holder)};
            return obstacle;
        }
    }
    auto higher = totals_.obstacle_to({scope, wish.method}, wish.totals);
    if (!higher) {
        return higher.error();
    }
    if (*higher) {
        obstacle = std::move(**higher);
    }
    return obstacle;
}

db_result<std::int64_t> record_store::insert(const record& wish) {
    std::string sealed;
    auto params = stored_text(wish.params.reveal(), wish.id, "params", keys_, sealed);
    if (!params) {
        return params.error();
    }
    std::string covered;
    auto body = stored_digest(text_of(wish.body), keys_, covered);
    if (!body) {
        return body.error();
    }
    std::int64_t seq = 0;
    auto inserted = statements_.insert.first(
        [&](const row& at) -> db_result<void> {
            seq = at.integer(0);
            return {};
        },
        wish.id,
        wish.caller,
        wish.key,
        *body,
        wish.method,
        wish.account,
        redemption::scope_of(wish),
        *params,
        wish.natural,
        wish.replay_safe,
        redemption::to_string(wish.state),
        wish.created_at,
        wish.updated_at,
        wish.expires_at,
        wish.lifetime
    );
    if (!inserted) {
        return inserted.error();
    }
    if (auto added = insert_children(seq, wish); !added) {
        return added.error();
    }
    return seq;
}

db_result<void> record_store::insert_children(std::int64_t seq, const record& wish) {
    std::int64_t position = 0;
    for (const auto& order : wish.orders) {
        if (auto done = statements_.insert_order.run(seq, position++, order); !done) {
            return done;
        }
    }
    position = 0;
    for (const auto& wanted : wish.totals) {
        stored_subject about;
        if (auto stored = store_subject(wanted, keys_, about); !stored) {
            return stored;
        }
        auto done = statements_.insert_total.run(
            seq, position++, about.subject, wanted.total, about.order, about.code
        );
        if (!done) {
            return done;
        }
    }
    return {};
}

}  // namespace gateway::journal
