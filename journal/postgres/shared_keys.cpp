#include "journal/postgres/shared_keys.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "redemption/model.hpp"

namespace gateway::journal::postgres {
namespace {

using optional_keys = std::optional<sealing_keys>;

const statement draw{
    "draw_secret",
    "INSERT INTO journal_secret (secret, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    {type::bytea, type::boolean}
};
const statement read{"read_secret", "SELECT secret, sealed FROM journal_secret", {}};
// A replica without the key could not start anew.
const statement seal{
    "seal_secret",
    "UPDATE journal_secret SET secret = $1, sealed = $2 WHERE NOT EXISTS (SELECT 1 FROM replicas"
    " WHERE ended_at IS NULL AND NOT $3 = ANY (key_ids))",
    {type::bytea, type::boolean, type::text}
};
const statement keys_of_pending{
    "keys_of_pending",
    "SELECT encode(substr(r.params, 2, 4), 'hex'), count(*) FROM open_redemptions AS o"
    " JOIN redemptions AS r ON r.id = o.id WHERE NOT o.unknown AND r.params_sealed GROUP BY 1",
    {}
};

pg_error refusal(base::redacted_text why) {
    return {.kind = error_kind::trouble, .reason = std::move(why), .is_own = true};
}

pg_error refusal(base::fixed_text what, const sealing_error& why) {
    return refusal(what + base::redacted_text::trusted(why.reason));
}

call storing(const statement& what, const stored_secret& form) {
    call made{.what = &what, .with = {}};
    made.with.add(type::bytea, form.bytes);
    made.with.add(type::boolean, form.sealed);
    return made;
}

pg_outcome<stored_secret> stored(connection& on) {
    auto found = on.run(call{.what = &read, .with = {}});
    if (!found) {
        return found.error();
    }
    row_reader at(*found, 0);
    stored_secret secret{.bytes = at.next<std::string>(), .sealed = at.next<bool>()};
    if (at.error()) {
        return *at.error();
    }
    return secret;
}

// Pending redemptions are going to be sent: without their parameters the journal is not opened.
pg_outcome<void> check_pending(connection& on, const optional_keys& keys) {
    auto found = on.run(call{.what = &keys_of_pending, .with = {}});
    if (!found) {
        return found.error();
    }
    for (std::size_t i = 0; i < found->size(); ++i) {
        row_reader at(*found, i);
        const auto id = at.next<std::string>();
        const auto count = at.next<std::int64_t>();
        const bool configured =
            keys && std::any_of(keys->all().begin(), keys->all().end(), [&](const auto& key) {
                return key.id == id;
            });
        if (!configured) {
            return refusal(
                base::redacted_text::number(count) +
                base::fixed_text(" of its pending redemptions are sealed with key ") +
                base::redacted_text::trusted(id) + base::fixed_text(", which is not configured")
            );
        }
    }
    return boost::system::in_place_value;
}

}  // namespace

pg_outcome<journal_keys> open_keys(connection& on, optional_keys keys) {
    auto fresh = stored_form(covering_secret::draw(), keys);
    if (!fresh) {
        return refusal("its secret can't be stored: ", fresh.error());
    }
    if (auto drawn = on.run(storing(draw, *fresh)); !drawn) {
        return drawn.error();
    }
    auto kept = stored(on);
    if (!kept) {
        return kept.error();
    }
    auto secret = open_secret(*kept, keys);
    if (!secret) {
        return refusal("its secret can't be read: ", secret.error());
    }
    if (auto checked = check_pending(on, keys); !checked) {
        return checked.error();
    }
    if (!is_sealed_with_first_key(*kept, keys)) {
        auto anew = stored_form(*secret, keys);
        if (!anew) {
            return refusal("its secret can't be stored: ", anew.error());
        }
        auto sealing = storing(seal, *anew);
        sealing.with.add(type::text, keys->all().front().id);
        if (auto sealed = on.run(sealing); !sealed) {
            return sealed.error();
        }
    }
    return journal_keys{.texts = std::move(keys), .digests = std::move(*secret)};
}

}  // namespace gateway::journal::postgres
