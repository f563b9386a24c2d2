// From columns to the model.

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <tuple>
#include <utility>

#include "journal/postgres/record_codec.hpp"
#include "text/hex.hpp"
#include "text/strict_json.hpp"

namespace gateway::journal::postgres {
namespace {

using redemption::attempt;
using redemption::record;
using redemption::redemption_id;
using json_object = boost::json::object;

pg_error strange(const redemption_id& id) {
    return {
        .kind = error_kind::trouble,
        .reason = base::fixed_text("the row of redemption ") + id +
                  base::fixed_text(" can't be understood"),
    };
}

std::string_view text_in(const json_object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                  : std::string_view();
}

std::optional<std::int64_t> number_in(const json_object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    if (value == nullptr || !value->is_number()) {
        return std::nullopt;
    }
    return value->is_int64() ? value->get_int64() : value->to_number<std::int64_t>();
}

std::optional<redemption::time_point> time_in(const json_object& from, std::string_view name) {
    const auto number = number_in(from, name);
    return number ? std::optional(redemption::time_point(std::chrono::milliseconds(*number)))
                  : std::nullopt;
}

std::optional<base::redacted_text> redacted_in(const json_object& from, std::string_view name) {
    if (!from.contains(name)) {
        return std::nullopt;
    }
    return base::redacted_text::from_journal(text_in(from, name));
}

redemption::evidence said_in(const json_object& from) {
    return {
        redacted_in(from, "code"),
        redacted_in(from, "sub_code"),
        redacted_in(from, "message"),
        redacted_in(from, "platform_request_id"),
    };
}

attempt read_attempt(const json_object& from) {
    attempt one;
    one.number = static_cast<std::uint32_t>(number_in(from, "number").value_or(0));
    one.started_at = time_in(from, "started_at").value_or(redemption::time_point());
    one.finished_at = time_in(from, "finished_at");
    one.phase = redemption::phase_from(text_in(from, "phase"));
    one.verdict = redemption::verdict_from(text_in(from, "verdict"));
    one.said = said_in(from);
    one.detail = base::redacted_text::from_journal(text_in(from, "detail"));
    return one;
}

redemption::history_entry read_history(const json_object& from) {
    redemption::history_entry entry;
    entry.at = time_in(from, "at").value_or(redemption::time_point());
    entry.who = text_in(from, "who");
    entry.action = text_in(from, "action");
    entry.note = text_in(from, "note");
    entry.from = redemption::state_from(text_in(from, "from"));
    entry.to = redemption::state_from(text_in(from, "to"));
    return entry;
}

// False when the text is no array of objects.
template <class Visit>
bool each_object(const std::optional<std::string_view>& text, const Visit& visit) {
    if (!text) {
        return true;
    }
    const auto parsed = text::parse_strict(*text);
    if (!parsed || !parsed->is_array()) {
        return false;
    }
    for (const auto& element : parsed->get_array()) {
        if (!element.is_object()) {
            return false;
        }
        visit(element.get_object());
    }
    return true;
}

bool read_error(const std::optional<std::string_view>& text, record& into) {
    if (!text) {
        return true;
    }
    const auto parsed = text::parse_strict(*text);
    if (!parsed || !parsed->is_object()) {
        return false;
    }
    const auto& from = parsed->get_object();
    const auto source = redemption::error_source_from(text_in(from, "source"));
    if (!source) {
        return false;
    }
    auto& error = into.error.emplace();
    error.source = *source;
    error.detail = base::redacted_text::from_journal(text_in(from, "detail"));
    error.kind = redemption::error_kind_from(text_in(from, "kind"));
    error.said = said_in(from);
    return true;
}

base::redacted_text unreadable(
    base::fixed_text what, const redemption_id& id, const sealing_error& why
) {
    return base::fixed_text("the ") + base::redacted_text(what) +
           base::fixed_text(" of redemption ") + id + base::fixed_text(" can't be read: ") +
           base::redacted_text::trusted(why.reason);
}

// The columns that need keys, and how they are read.
struct sealed_columns {
    std::string_view body;
    std::string_view params;
    bool params_sealed = false;
    std::optional<std::string_view> result;
    bool result_sealed = false;
    std::optional<std::string_view> totals;
};

class unsealer {
public:
    unsealer(const journal_keys& keys, record& into) : keys_(keys), into_(into) {}

    // Gives the reason when something can't be read; params and result are empty then.
    std::optional<base::redacted_text> read(const sealed_columns& from) {
        read_body(from.body);
        auto params = open(from.params, from.params_sealed, "params");
        auto result = open(from.result.value_or(""), from.result_sealed && from.result, "result");
        read_totals(from.totals);
        if (!why_) {
            into_.params = redemption::params_text(std::move(params));
            into_.result = std::move(result);
        }
        return std::move(why_);
    }

private:
    void read_body(std::string_view covered) {
        const auto body = keys_.digests.uncover(covered);
        if (!body) {
            fail("body", body.error());
        } else if (body->size() != into_.body.size()) {
            fail("body", {sealing_error::kind::damaged, "it is no SHA-256"});
        } else {
            std::transform(body->begin(), body->end(), into_.body.begin(), [](char c) {
                return static_cast<std::uint8_t>(c);
            });
        }
    }
    std::string open(std::string_view stored, bool sealed, base::fixed_text column) {
        if (!sealed) {
            return std::string(stored);
        }
        if (!keys_.texts) {
            fail(column, sealed_without_keys(stored));
            return {};
        }
        auto opened = keys_.texts->open(stored, into_.id.str() + "/" + std::string(column.view()));
        if (!opened) {
            fail(column, opened.error());
            return {};
        }
        return std::move(*opened);
    }
    void read_totals(const std::optional<std::string_view>& text) {
        const bool whole = each_object(text, [&](const json_object& from) {
            redemption::running_total total;
            total.subject = uncovered(text_in(from, "subject"));
            total.total = number_in(from, "total").value_or(0);
            total.order = redemption::order_key(std::string(text_in(from, "order")));
            if (from.contains("code")) {
                total.code = uncovered(text_in(from, "code"));
            }
            into_.totals.push_back(std::move(total));
        });
        if (!whole) {
            fail("totals", {sealing_error::kind::damaged, "they are no list of totals"});
        }
    }
    std::string uncovered(std::string_view hex) {
        auto digest = keys_.digests.uncover(text::from_hex(hex).value_or(""));
        if (!digest) {
            fail("totals", digest.error());
            return {};
        }
        return std::move(*digest);
    }
    void fail(base::fixed_text what, const sealing_error& why) {
        if (!why_) {
            why_ = unreadable(what, into_.id, why);
        }
    }

    const journal_keys& keys_;
    record& into_;
    std::optional<base::redacted_text> why_;
};

struct open_attempt {
    std::int32_t number = 0;
    std::optional<redemption::time_point> started_at;
};

bool read_lists(row_reader& at, record& into) {
    const bool attempts =
        each_object(at.next<std::optional<std::string_view>>(), [&](const json_object& from) {
            into.attempts.push_back(read_attempt(from));
        });
    open_attempt under_way;
    under_way.number = at.next<std::optional<std::int32_t>>().value_or(0);
    under_way.started_at = at.next<std::optional<redemption::time_point>>();
    if (under_way.started_at) {
        auto& one = into.attempts.emplace_back();
        one.number = static_cast<std::uint32_t>(under_way.number);
        one.started_at = *under_way.started_at;
    }
    const bool error = read_error(at.next<std::optional<std::string_view>>(), into);
    const bool history =
        each_object(at.next<std::optional<std::string_view>>(), [&](const json_object& from) {
            into.history.push_back(read_history(from));
        });
    std::sort(into.history.begin(), into.history.end(), [](const auto& a, const auto& b) {
        return std::tie(a.at, a.who, a.action) < std::tie(b.at, b.who, b.action);
    });
    return attempts && error && history;
}

void add_orders(
    const std::optional<std::vector<std::string>>& given,
    const std::vector<std::string>& canonical,
    record& into
) {
    for (const auto& name : given.value_or(std::vector<std::string>())) {
        into.orders.emplace_back(name);
    }
    for (const auto& name : canonical) {
        redemption::order_key key(name);
        if (std::find(into.orders.begin(), into.orders.end(), key) == into.orders.end()) {
            into.orders.push_back(std::move(key));
        }
    }
}

void read_wish(row_reader& at, record& into) {
    into.created_at = at.next<redemption::time_point>();
    into.lifetime = at.next<std::chrono::milliseconds>();
    into.replay_safe = at.next<bool>();
    into.caller = at.next<redemption::caller_name>();
    into.key = at.next<redemption::idempotency_key>();
    into.method = at.next<redemption::method_name>();
    into.account = at.next<redemption::account_name>();
    const auto scope = at.next<redemption::platform_identity>();
    if (redemption::is_known(scope)) {
        into.identity = scope;
    }
    into.natural = at.next<std::optional<redemption::natural_key>>();
}

sealed_columns read_sealed_columns(row_reader& at) {
    sealed_columns sealed;
    sealed.body = at.next<std::string_view>();
    sealed.params = at.next<std::string_view>();
    sealed.params_sealed = at.next<bool>();
    sealed.result = at.next<std::optional<std::string_view>>();
    sealed.result_sealed = at.next<std::optional<bool>>().value_or(false);
    sealed.totals = at.next<std::optional<std::string_view>>();
    return sealed;
}

}  // namespace

const std::string record_columns =
    "r.id, r.created_at, r.lifetime_ms, r.replay_safe, r.caller, r.idempotency_key, r.method,"
    " r.account, r.scope, r.natural_key, r.body, r.params, r.params_sealed,"
    " coalesce(o.result, e.result), coalesce(o.result_sealed, e.result_sealed), r.totals,"
    " CASE WHEN o.id IS NULL THEN e.state WHEN o.unknown THEN 'unknown' ELSE 'pending' END,"
    " coalesce(o.updated_at, e.updated_at), coalesce(o.expires_at, e.expires_at),"
    " coalesce(o.attempts, e.attempts), o.attempt, o.attempt_started_at,"
    " coalesce(o.error, e.error), coalesce(o.history, e.history), r.orders,"
    " ARRAY(SELECT first.name FROM unnest(r.orders) WITH ORDINALITY AS given (name, n)"
    " JOIN orders AS known ON known.scope = r.scope AND known.name = given.name"
    " JOIN orders AS first ON first.line = known.line AND first.number = known.line"
    " ORDER BY given.n),"
    " CASE WHEN o.id IS NULL THEN e.owner ELSE o.owner END, o.queued, o.line";
const std::string record_source =
    "redemptions AS r LEFT JOIN open_redemptions AS o ON o.id = r.id"
    " LEFT JOIN outcomes AS e ON e.id = r.id";

pg_outcome<stored_record> read_record(const rows& from, std::size_t row, const journal_keys& keys) {
    row_reader at(from, row);
    stored_record stored;
    record& what = stored.what;
    what.id = at.next<redemption_id>();
    read_wish(at, what);
    const auto sealed = read_sealed_columns(at);
    const auto state =
        redemption::state_from(at.next<std::optional<std::string_view>>().value_or(""));
    what.state = state.value_or(redemption::state::pending);
    what.updated_at = at.next<redemption::time_point>();
    what.expires_at = at.next<redemption::time_point>();
    const bool whole = read_lists(at, what);
    const auto given = at.next<std::optional<std::vector<std::string>>>();
    const auto canonical = at.next<std::vector<std::string>>();
    add_orders(given, canonical, what);
    if (!canonical.empty()) {
        stored.canonical.emplace(canonical.front());
    }
    stored.owner = at.next<std::optional<std::int64_t>>();
    stored.queued = at.next<std::optional<std::int64_t>>().value_or(0);
    stored.line = at.next<std::optional<std::int64_t>>();
    if (at.error()) {
        return *at.error();
    }
    if (!state || !whole) {
        return strange(what.id);
    }
    stored.unreadable = unsealer(keys, what).read(sealed);
    return stored;
}

}  // namespace gateway::journal::postgres
