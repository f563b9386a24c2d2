#include "journal/sqlite/file_keys.hpp"

#include <algorithm>
#include <optional>

#include "journal/sqlite/schema.hpp"
#include "journal/sqlite/statement.hpp"

namespace gateway::journal {
namespace {

using optional_keys = std::optional<sealing_keys>;

bool configured(const optional_keys& keys, const std::string& id) {
    return keys && std::any_of(keys->all().begin(), keys->all().end(), [&](auto& key) {
               return key.id == id;
           });
}

db_error missing_key(const std::string& what, const std::string& id) {
    return {0, what + " sealed with key " + id + ", which is not configured"};
}

// As the column takes it: TEXT in clear, a BLOB when sealed.
db_result<sql_bytes> column_form(const covering_secret& secret, const optional_keys& keys) {
    auto form = stored_form(secret, keys);
    if (!form) {
        return db_error(0, "its secret can't be stored: " + form.error().reason);
    }
    return sql_bytes{.bytes = std::move(form->bytes), .is_text = !form->sealed};
}

// The functions that the migration 003_covered_digests.sql calls.
db_result<void> define_migration_functions(database& db, const optional_keys& keys) {
    const covering_secret fresh = covering_secret::draw();
    auto covers =
        db.define("cover_digest", [fresh](std::string_view digest) -> db_result<sql_bytes> {
            auto covered = fresh.cover(digest);
            if (!covered) {
                return db_error(0, covered.error().reason);
            }
            return sql_bytes{.bytes = std::move(*covered)};
        });
    if (!covers) {
        return covers;
    }
    // A first key that doesn't open the sealed rows must not seal the secret.
    return db.define("draw_secret", [fresh, keys](std::string_view newest) -> db_result<sql_bytes> {
        const auto id = sealing_key_of(newest);
        if (id && !configured(keys, *id)) {
            return missing_key("its newest sealed redemption was", *id);
        }
        return column_form(fresh, keys);
    });
}

db_result<stored_secret> read_stored(database& db) {
    stored_secret stored;
    statement query(db, "SELECT secret FROM file_secret");
    auto found = query.first([&](const row& at) -> db_result<void> {
        stored.bytes = at.text(0);
        stored.sealed = at.is_blob(0);
        return {};
    });
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return db_error(0, "its secret is missing");
    }
    return stored;
}

db_result<covering_secret> open_stored(const stored_secret& stored, const optional_keys& keys) {
    auto secret = open_secret(stored, keys);
    if (!secret && stored.sealed) {
        return db_error(0, "its secret can't be read: " + secret.error().reason);
    }
    if (!secret) {
        return db_error(0, secret.error().reason);
    }
    return std::move(*secret);
}

db_result<void> store_secret(
    database& db, const covering_secret& secret, const optional_keys& keys
) {
    auto form = column_form(secret, keys);
    if (!form) {
        return form.error();
    }
    statement update(db, "UPDATE file_secret SET secret = ?");
    return update.run(blob_view{form->bytes.data(), form->bytes.size()});
}

// Pending redemptions are going to be sent: without their parameters the journal is not opened.
db_result<void> check_pending(database& db, const optional_keys& keys) {
    statement query(
        db,
        "SELECT lower(hex(substr(params, 2, 4))), count(*) FROM redemptions"
        " WHERE state = 'pending' AND state <> 'succeeded' AND typeof(params) = 'blob' GROUP BY 1"
    );
    return query.each({}, [&](const row& at) -> db_result<void> {
        const std::string id(at.text(0));
        if (configured(keys, id)) {
            return {};
        }
        return missing_key(std::to_string(at.integer(1)) + " of its pending redemptions are", id);
    });
}

}  // namespace

db_result<file_keys> prepare_file(database& db, optional_keys keys) {
    if (auto defined = define_migration_functions(db, keys); !defined) {
        return defined.error();
    }
    if (auto done = bring_up_to_date(db, migrations()); !done) {
        return done.error();
    }
    auto stored = read_stored(db);
    if (!stored) {
        return stored.error();
    }
    auto secret = open_stored(*stored, keys);
    if (!secret) {
        return secret.error();
    }
    if (auto checked = check_pending(db, keys); !checked) {
        return checked.error();
    }
    if (!is_sealed_with_first_key(*stored, keys)) {
        if (auto done = store_secret(db, *secret, keys); !done) {
            return done.error();
        }
    }
    return file_keys{.texts = std::move(keys), .digests = std::move(*secret)};
}

}  // namespace gateway::journal
