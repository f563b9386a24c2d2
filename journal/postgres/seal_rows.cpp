#include "journal/postgres/seal_rows.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "journal/postgres/calling.hpp"
#include "journal/postgres/move_mark.hpp"
#include "journal/postgres/record_codec.hpp"
#include "journal/postgres/schema.hpp"
#include "journal/postgres/shared_keys.hpp"

namespace gateway::journal::postgres {
namespace {

using enum type;
using redemption::redemption_id;

constexpr std::int64_t rows_per_step = 200;
constexpr int most_tries = 10;
const redemption_id before_all("00000000-0000-0000-0000-000000000000");

const statement next_rows{
    "seal_next_rows",
    "SELECT r.id, CASE WHEN NOT r.params_sealed THEN r.params END,"
    " CASE WHEN NOT coalesce(o.result_sealed, e.result_sealed)"
    " THEN coalesce(o.result, e.result) END FROM redemptions AS r"
    " LEFT JOIN open_redemptions AS o ON o.id = r.id LEFT JOIN outcomes AS e ON e.id = r.id"
    " WHERE r.id > $1 ORDER BY r.id LIMIT $2",
    {uuid, int8}
};
// A text that a gateway has replaced meanwhile stays.
const statement seal_params{
    "seal_params",
    "UPDATE redemptions AS r SET params = w.sealed, params_sealed = true"
    " FROM unnest($1, $2) AS w (id, sealed) WHERE r.id = w.id AND NOT r.params_sealed",
    {uuid_array, bytea_array}
};
const statement seal_open{
    "seal_open",
    "UPDATE open_redemptions AS o SET result = w.sealed, result_sealed = true"
    " FROM unnest($1, $2, $3) AS w (id, clear, sealed)"
    " WHERE o.id = w.id AND NOT o.result_sealed AND o.result = w.clear",
    {uuid_array, bytea_array, bytea_array}
};
const statement seal_outcomes{
    "seal_outcomes",
    "UPDATE outcomes AS e SET result = w.sealed, result_sealed = true"
    " FROM unnest($1, $2, $3) AS w (id, clear, sealed)"
    " WHERE e.id = w.id AND NOT e.result_sealed AND e.result = w.clear",
    {uuid_array, bytea_array, bytea_array}
};
// Of those that were at work in the last minute, by the server's clock.
const statement without_key{
    "seal_without_key",
    "SELECT name FROM replicas WHERE ended_at IS NULL AND renewed_at > now() - interval '1 minute'"
    " AND NOT $1 = ANY (key_ids) LIMIT 1",
    {text}
};

[[noreturn]] void refuse(const std::string& why) {
    throw std::runtime_error("the journal can't be sealed: " + why);
}

template <class T>
T must(pg_outcome<T> outcome) {
    if (!outcome) {
        refuse(std::string(outcome.error().reason));
    }
    return std::move(*outcome);
}

// Texts in clear of one step, and their sealed forms.
struct clear_step {
    column params_of{uuid};
    column params{bytea};
    column results_of{uuid};
    column clear_results{bytea};
    column results{bytea};
    std::uint64_t redemptions = 0;
    std::optional<redemption_id> last;
};

std::string sealed(
    std::string_view clear, const redemption_id& id, const char* name, const journal_keys& keys
) {
    auto form = store_text(clear, id, name, keys);
    if (!form) {
        refuse(form.error().reason);
    }
    return std::move(form->bytes);
}

class sealer {
public:
    sealer(connection& on, const journal_keys& keys) : on_(on), keys_(keys) {}

    // From the first redemption to the last; the number of those that were in clear.
    std::uint64_t pass(const std::function<void(std::uint64_t)>& on_step) {
        std::uint64_t done = 0;
        auto after = before_all;
        for (;;) {
            const auto step = read(after);
            if (!step.last) {
                return done;
            }
            after = *step.last;
            if (step.redemptions > 0) {
                write(step);
                done += step.redemptions;
                on_step(done);
            }
        }
    }

private:
    clear_step read(const redemption_id& after) {
        const auto found = must(on_.run(calling(next_rows, after, rows_per_step)));
        clear_step step;
        for (std::size_t i = 0; i < found.size(); ++i) {
            row_reader at(found, i);
            const auto id = at.next<redemption_id>();
            const auto params = at.next<std::optional<std::string_view>>();
            const auto result = at.next<std::optional<std::string_view>>();
            if (at.error()) {
                refuse(std::string(at.error()->reason));
            }
            add(step, id, params, result);
        }
        return step;
    }

    void add(
        clear_step& to,
        const redemption_id& id,
        const std::optional<std::string_view>& params,
        const std::optional<std::string_view>& result
    ) {
        to.last = id;
        if (params) {
            to.params_of.append(id);
            to.params.append(sealed(*params, id, "params", keys_));
        }
        if (result) {
            to.results_of.append(id);
            to.clear_results.append(*result);
            to.results.append(sealed(*result, id, "result", keys_));
        }
        to.redemptions += params || result ? 1 : 0;
    }

    // Two transactions: one that ends redemptions locks their rows in the other order.
    void write(const clear_step& step) {
        commit({calling(seal_params, step.params_of, step.params)});
        commit(
            {calling(seal_open, step.results_of, step.clear_results, step.results),
             calling(seal_outcomes, step.results_of, step.clear_results, step.results)}
        );
    }

    void commit(const std::vector<call>& calls) {
        for (int tries = 1;; ++tries) {
            auto done = on_.run(calls);
            if (done) {
                return;
            }
            if (done.error().kind != error_kind::retry || tries == most_tries) {
                refuse(std::string(done.error().reason));
            }
        }
    }

    connection& on_;
    const journal_keys& keys_;
};

connection opened(const base::runtime& time, const postgres_settings& settings) {
    auto first = must(connection::open(settings.writer.connect, time));
    const auto found = must(read_schema(first));
    if (found.version < migrations().back().number) {
        refuse(
            found.version == 0 ? "its database holds none"
                               : "its tables are of an earlier version; run --migrate first"
        );
    }
    auto db = must(open_writer(time, settings.writer)).db;
    if (must(is_being_moved(db))) {
        refuse("a move of another journal into its database has begun and not ended");
    }
    return db;
}

void check_replicas(connection& on, const std::string& key) {
    const auto found = must(on.run(calling(without_key, key)));
    if (found.empty()) {
        return;
    }
    row_reader at(found, 0);
    const auto name = at.next<std::string>();
    refuse(
        "the replica " + name + " does not have the key " + key +
        ", and could not read what is sealed with it; configure it at every replica first"
    );
}

}  // namespace

std::uint64_t seal_postgres_journal(
    const base::runtime& time,
    const postgres_settings& settings,
    const std::function<void(std::uint64_t)>& on_step
) {
    if (!settings.keys) {
        refuse("journal.encryption_key_file is not set, so there is nothing to seal with");
    }
    auto db = opened(time, settings);
    check_replicas(db, settings.keys->all().front().id);
    const auto keys = must(open_keys(db, settings.keys));
    sealer all(db, keys);
    std::uint64_t sealed_rows = 0;
    // What ended during a pass may have left it behind.
    for (std::uint64_t before = 0;; before = sealed_rows) {
        sealed_rows += all.pass([&](std::uint64_t done) { on_step(before + done); });
        if (sealed_rows == before) {
            return sealed_rows;
        }
    }
}

}  // namespace gateway::journal::postgres
