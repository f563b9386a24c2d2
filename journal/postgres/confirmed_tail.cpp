#include "journal/postgres/confirmed_tail.hpp"

#include <algorithm>
#include <utility>

#include "text/json_writer.hpp"

namespace gateway::journal::postgres {
namespace {

using redemption::redemption_id;
using redemption::state;

// About what a step takes with its allocations.
constexpr std::size_t small_step = 256;
std::size_t bytes_of(const redemption::record& what) {
    return 1024 + what.params.reveal().size() + what.key.str().size() + what.result.size();
}
std::size_t bytes_of(const redemption::settlement& what) {
    return 512 + what.result.size();
}

template <class Wanted, class Answer>
bool says(const Answer& answer) {
    const auto* outcome = answer.peek();
    return outcome != nullptr && std::holds_alternative<Wanted>(*outcome);
}

std::string end_in_json(const redemption::attempt& ended) {
    text::json_writer out;
    out.begin_array();
    out.begin_object();
    out.number("number", ended.number);
    if (ended.verdict) {
        out.text("verdict", to_string(*ended.verdict));
    }
    out.end_object();
    out.end_array();
    return out.str();
}

}  // namespace

void confirmed_tail::note(const job& done, base::steady_time now) {
    now_ = now;
    std::visit([this](const auto& of) { note_one(of); }, done);
    prune(now);
}

template <class Step>
void confirmed_tail::note_acceptance(
    const redemption::record& wish,
    const std::optional<redemption::attempt>& first,
    const reply<redemption::accept_outcome>& answer
) {
    if (!says<redemption::accepted>(answer)) {
        return;
    }
    const bool started = first && std::get<redemption::accepted>(*answer.peek()).started;
    keep(wish.id, Step{wish, started ? first : std::nullopt}, bytes_of(wish), true);
    auto& one = at(wish.id);
    one.final = false;
    one.expected.started = started ? static_cast<std::int32_t>(first->number) : 0;
}

void confirmed_tail::note_one(const accept_job& of) {
    note_acceptance<kept_acceptance>(of.wish, of.first, of.answer);
}

void confirmed_tail::note_one(const restart_job& of) {
    note_acceptance<kept_restart>(of.wish, of.first, of.answer);
    if (says<redemption::accepted>(of.answer)) {
        at(of.wish.id).expected.changed_at = of.wish.updated_at;
    }
}

void confirmed_tail::note_one(const start_job& of) {
    if (says<redemption::attempt_started>(of.answer)) {
        keep(of.id, kept_start{of.id, of.started}, small_step, true);
        at(of.id).expected.started = static_cast<std::int32_t>(of.started.number);
    } else if (says<redemption::not_ours>(of.answer)) {
        forget(of.id);
    }
}

void confirmed_tail::note_one(const settle_job& of) {
    if (says<redemption::settled>(of.answer)) {
        note_settlement(of.what);
    } else if (says<redemption::not_ours>(of.answer)) {
        forget(of.what.id);
    }
}

void confirmed_tail::note_one(const decide_job& of) {
    if (!says<redemption::decided>(of.answer)) {
        return;
    }
    const auto& what = of.what;
    keep(what.id, kept_decision{what, of.seen}, bytes_of(what), what.state == state::pending);
    auto& one = at(what.id);
    one.expected.changed_at = what.at;
    one.final = is_final(what.state);
}

// A redemption that was final already keeps its time: only evidence was added.
void confirmed_tail::note_settlement(const redemption::settlement& what) {
    const bool known = entries_.contains(what.id.str());
    keep(what.id, kept_settlement{what}, bytes_of(what), what.state == state::pending);
    auto& one = at(what.id);
    if (what.ended) {
        one.expected.ended = end_in_json(*what.ended);
    }
    if (!one.final && (known || !what.ended)) {
        one.expected.changed_at = what.at;
    }
    one.final = one.final || is_final(what.state);
}

void confirmed_tail::took(const std::vector<redemption::record>& taken) {
    for (const auto& one : taken) {
        forget(one.id);
        keep(one.id, kept_record{one}, bytes_of(one), true);
    }
    prune(now_);
}

void confirmed_tail::gave_back(const std::vector<redemption_id>& which) {
    for (const auto& id : which) {
        forget(id);
    }
}

void confirmed_tail::forget_open() {
    while (!open_.empty()) {
        forget_oldest(open_);
    }
}

std::vector<redemption_id> confirmed_tail::ids() const {
    std::vector<const entry*> all;
    all.reserve(entries_.size());
    for (const auto& [id, one] : entries_) {
        all.push_back(&one);
    }
    std::sort(all.begin(), all.end(), [](const entry* one, const entry* other) {
        return one->sequence < other->sequence;
    });
    std::vector<redemption_id> ids;
    ids.reserve(all.size());
    for (const entry* one : all) {
        ids.push_back(one->expected.id);
    }
    return ids;
}

std::vector<redemption_id> confirmed_tail::open_ids() const {
    std::vector<redemption_id> ids;
    ids.reserve(open_.size());
    for (const auto& id : open_) {
        ids.emplace_back(id);
    }
    return ids;
}

expected_state confirmed_tail::expected(const redemption_id& id) const {
    return entries_.at(id.str()).expected;
}

const std::vector<kept_step>& confirmed_tail::steps(const redemption_id& id) const {
    return entries_.at(id.str()).steps;
}

confirmed_tail::entry& confirmed_tail::at(const redemption_id& id) {
    return entries_.at(id.str());
}

void confirmed_tail::keep(const redemption_id& id, kept_step step, std::size_t bytes, bool open) {
    const auto [found, is_new] = entries_.try_emplace(id.str());
    auto& one = found->second;
    if (is_new) {
        one.expected.id = id;
        one.sequence = ++steps_so_far_;
        list_of(open).push_back(id.str());
        one.place = std::prev(list_of(open).end());
    } else {
        list_of(open).splice(list_of(open).end(), list_of(one.open), one.place);
    }
    one.open = open;
    one.last = now_;
    one.steps.push_back(std::move(step));
    one.bytes += bytes;
    bytes_ += bytes;
}

void confirmed_tail::forget(const redemption_id& id) {
    const auto found = entries_.find(id.str());
    if (found == entries_.end()) {
        return;
    }
    bytes_ -= found->second.bytes;
    list_of(found->second.open).erase(found->second.place);
    entries_.erase(found);
}

void confirmed_tail::forget_oldest(order& of) {
    forget(redemption_id(of.front()));
}

// Time passes with the writes: while the database is away nothing is forgotten.
void confirmed_tail::prune(base::steady_time now) {
    while (!closed_.empty() && now - entries_.at(closed_.front()).last > kept_for) {
        forget_oldest(closed_);
    }
    while (bytes_ > most_bytes_ && !entries_.empty()) {
        forget_oldest(closed_.empty() ? open_ : closed_);
    }
}

}  // namespace gateway::journal::postgres
