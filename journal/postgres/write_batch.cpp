#include "journal/postgres/write_batch.hpp"

#include <algorithm>
#include <utility>

#include "journal/postgres/record_codec.hpp"

namespace gateway::journal::postgres {
namespace {

constexpr std::size_t max_operations = 128;
constexpr std::size_t max_bytes = 128 * 1024;
// Statements with lines or totals join arrays with each other, which grows with their square.
constexpr std::size_t max_joined = 64;

// The identifiers of which an operation must see the last state.
std::vector<std::string> identifiers_of(const job& one) {
    struct visitor {
        std::vector<std::string> operator()(const accept_job& of) const {
            std::vector<std::string> all{"i" + of.wish.id.str(), "k" + of.wish.key.str()};
            if (of.wish.natural) {
                all.push_back("n" + scope_of(of.wish).str() + '\n' + of.wish.natural->str());
            }
            return all;
        }
        std::vector<std::string> operator()(const restart_job& of) const {
            return {"i" + of.wish.id.str()};
        }
        std::vector<std::string> operator()(const start_job& of) const {
            return {"i" + of.id.str()};
        }
        std::vector<std::string> operator()(const settle_job& of) const {
            return {"i" + of.what.id.str()};
        }
        std::vector<std::string> operator()(const decide_job& of) const {
            return {"i" + of.what.id.str()};
        }
        std::vector<std::string> operator()(const other_job&) const { return {}; }
    };
    return std::visit(visitor(), one);
}

std::string name_of(const redemption::record& wish, const redemption::order_key& name) {
    return scope_of(wish).str() + '\n' + name.str();
}

std::size_t bytes_of(const redemption::record& wish) {
    return 512 + wish.params.reveal().size() + wish.key.str().size();
}

std::size_t bytes_of(const redemption::settlement& what) {
    return 512 + what.result.size();
}

void refuse(accept_job& one, const sealing_error& why) {
    one.answer.fail(
        {base::fixed_text("the redemption can't be stored: ") +
         base::redacted_text::trusted(why.reason)}
    );
}

}  // namespace

write_batch::write_batch(const journal_keys& keys) : keys_(keys) {}

write_batch::place write_batch::add(job& one) {
    if (jobs_.size() >= max_operations) {
        return place::full;
    }
    const bool waits = conflicts(one);
    remember(one);
    if (waits) {
        return place::later;
    }
    place where = place::alone;
    if (auto* accept = std::get_if<accept_job>(&one)) {
        where = add_accept(*accept);
    } else if (const auto* start = std::get_if<start_job>(&one)) {
        where = add_start(*start);
    } else if (const auto* settle = std::get_if<settle_job>(&one)) {
        where = add_settle(*settle);
    }
    if (where == place::added) {
        jobs_.push_back(&one);
    }
    return where;
}

// Two wishes may join a line in one batch only if neither could merge it with another.
bool write_batch::conflicts(const job& one) const {
    const auto ids = identifiers_of(one);
    if (std::any_of(ids.begin(), ids.end(), [&](const auto& id) { return taken_.contains(id); })) {
        return true;
    }
    const auto* accept = std::get_if<accept_job>(&one);
    if (accept == nullptr) {
        return false;
    }
    const bool merges = accept->wish.orders.size() > 1;
    return std::any_of(
        accept->wish.orders.begin(),
        accept->wish.orders.end(),
        [&](const auto& order) {
            const auto name = name_of(accept->wish, order);
            return merging_.contains(name) || (merges && names_.contains(name));
        }
    );
}

void write_batch::remember(const job& one) {
    for (auto& id : identifiers_of(one)) {
        taken_.insert(std::move(id));
    }
    if (const auto* accept = std::get_if<accept_job>(&one)) {
        for (const auto& order : accept->wish.orders) {
            auto name = name_of(accept->wish, order);
            if (accept->wish.orders.size() > 1) {
                merging_.insert(name);
            }
            names_.insert(std::move(name));
        }
    }
}

write_batch::place write_batch::add_accept(accept_job& one) {
    const auto& wish = one.wish;
    const auto size = bytes_of(wish);
    const bool in_line = !wish.orders.empty();
    if (!in_line && !wish.totals.empty()) {
        return place::alone;
    }
    if ((!jobs_.empty() && bytes_ + size > max_bytes) || with_lines_.size() >= max_joined) {
        return place::full;
    }
    auto params = store_text(wish.params.reveal(), wish.id, "params", keys_);
    auto body = cover_body(wish.body, keys_);
    auto totals = totals_text(wish.totals, keys_);
    if (!params || !body || !totals) {
        refuse(one, !params ? params.error() : !body ? body.error() : totals.error());
        return place::alone;
    }
    stored_wish stored{std::move(params->bytes), params->sealed, std::move(*body), std::nullopt};
    if (!wish.totals.empty()) {
        stored.totals = std::move(*totals);
    }
    accept_columns& into = in_line ? with_lines_ : plain_;
    into.add(wish, stored, one.first);
    const auto n = static_cast<std::int64_t>(into.size());
    for (const auto& order : wish.orders) {
        lines_.add_name(n, scope_of(wish), order.view());
    }
    for (const auto& total : wish.totals) {
        if (const auto sought = search_totals(total, keys_)) {
            for (const auto& place : *sought) {
                lines_.add_total(n, place.order, place.code, place.total);
            }
        }
    }
    bytes_ += size;
    return place::added;
}

write_batch::place write_batch::add_start(const start_job& one) {
    starts_.add(one.id, one.started);
    return place::added;
}

write_batch::place write_batch::add_settle(const settle_job& one) {
    const auto& what = one.what;
    if (what.history || what.ban || what.expires_at ||
        (!is_final(what.state) && (!what.ended || !what.confirmed.empty()))) {
        return place::alone;
    }
    const auto size = bytes_of(what);
    if ((!jobs_.empty() && bytes_ + size > max_bytes) || confirming_.size() >= max_joined) {
        return place::full;
    }
    std::optional<std::string> result;
    bool sealed = false;
    if (!what.result.empty()) {
        auto text = store_text(what.result, what.id, "result", keys_);
        if (!text) {
            return place::alone;
        }
        result = std::move(text->bytes);
        sealed = text->sealed;
    }
    std::vector<stored_total> confirmed;
    for (const auto& total : what.confirmed) {
        auto stored = store_total(total, keys_);
        if (!stored) {
            return place::alone;
        }
        confirmed.push_back(std::move(*stored));
    }
    auto& into = !is_final(what.state) ? open_ : confirmed.empty() ? finals_ : confirming_;
    into.add(
        what, what.ended ? std::optional(attempt_text(*what.ended)) : std::nullopt, result, sealed
    );
    for (const auto& total : confirmed) {
        confirmed_.add(what.id, total.order, total.code, total.total);
    }
    bytes_ += size;
    return place::added;
}

std::vector<call> write_batch::calls(writer_identity me) const {
    std::vector<call> all{calling(sql::fence, me.replica, me.connection)};
    const auto add = [&](sql which) -> parameters& {
        all.push_back({.what = &writer_statements()[static_cast<std::size_t>(which)], .with = {}});
        return all.back().with;
    };
    const auto add_settle = [&](sql which, const settle_columns& ends) -> parameters& {
        auto& with = add(which);
        ends.add_to(with);
        with.add(type::int8, me.replica);
        return with;
    };
    if (!finals_.empty()) {
        add_settle(sql::batch_finals, finals_);
    }
    if (!confirming_.empty()) {
        confirmed_.add_to(add_settle(sql::batch_confirming, confirming_));
    }
    if (!open_.empty()) {
        add_settle(sql::batch_settle_open, open_);
    }
    if (!with_lines_.empty()) {
        lines_.add_names_to(add(sql::batch_lock));
        auto& with = add(sql::batch_accept_in_line);
        with_lines_.add_to(with);
        with.add(type::int8, me.replica);
        lines_.add_names_to(with);
        lines_.add_totals_to(with);
    }
    if (!plain_.empty()) {
        auto& with = add(sql::batch_accept);
        plain_.add_to(with);
        with.add(type::int8, me.replica);
    }
    if (!starts_.empty()) {
        auto& with = add(sql::batch_start);
        starts_.add_to(with);
        with.add(type::int8, me.replica);
    }
    return all;
}

// In the order of calls().
pg_outcome<void> write_batch::read(const std::vector<rows>& results) {
    for (job* one : jobs_) {
        by_id_[identifiers_of(*one).front().substr(1)] = one;
    }
    std::size_t at = 1;
    pg_outcome<void> done = boost::system::in_place_value;
    for (const settle_columns* ends : {&finals_, &confirming_, &open_}) {
        if (done && !ends->empty()) {
            done = read_settled(results[at++]);
        }
    }
    if (done && !with_lines_.empty()) {
        ++at;
        done = read_accepted(results[at++], true);
    }
    if (done && !plain_.empty()) {
        done = read_accepted(results[at++], false);
    }
    if (done && !starts_.empty()) {
        done = read_started(results[at++]);
    }
    return done;
}

pg_outcome<void> write_batch::read_accepted(const rows& from, bool with_lines) {
    for (std::size_t i = 0; i < from.size(); ++i) {
        row_reader row(from, i);
        const auto id = row.next<redemption::redemption_id>();
        redemption::accepted done;
        done.started = row.next<bool>();
        if (with_lines) {
            done.order_aliases.push_back(row.next<redemption::order_key>());
        }
        if (row.error()) {
            return *row.error();
        }
        std::get<accept_job>(*by_id_.at(id.str()))
            .answer.set(redemption::accept_outcome(std::move(done)));
    }
    return boost::system::in_place_value;
}

pg_outcome<void> write_batch::read_started(const rows& from) {
    for (std::size_t i = 0; i < from.size(); ++i) {
        row_reader row(from, i);
        const auto id = row.next<redemption::redemption_id>();
        if (row.error()) {
            return *row.error();
        }
        std::get<start_job>(*by_id_.at(id.str()))
            .answer.set(redemption::start_outcome(redemption::attempt_started()));
    }
    return boost::system::in_place_value;
}

pg_outcome<void> write_batch::read_settled(const rows& from) {
    for (std::size_t i = 0; i < from.size(); ++i) {
        row_reader row(from, i);
        const auto id = row.next<redemption::redemption_id>();
        if (row.error()) {
            return *row.error();
        }
        std::get<settle_job>(*by_id_.at(id.str()))
            .answer.set(redemption::settle_outcome(redemption::settled()));
    }
    return boost::system::in_place_value;
}

}  // namespace gateway::journal::postgres
