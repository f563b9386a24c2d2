#include "simulator/faults/fault_rules.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <set>

namespace simulator {

namespace json = boost::json;

namespace {

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

bool matches(const fault_order& order, const call_facts& facts) {
    if (order.where && *order.where != facts.where) {
        return false;
    }
    if (!order.method.empty() && order.method != facts.method) {
        return false;
    }
    return contains(facts.natural_key, order.match) ||
           std::ranges::any_of(facts.fields, [&](const form_field& field) {
               return contains(field.value, order.match);
           });
}

}  // namespace

std::int64_t fault::number(std::string_view parameter) const {
    const auto* value = values_.if_contains(parameter);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

std::string fault::text(std::string_view parameter) const {
    const auto* value = values_.if_contains(parameter);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string{};
}

bool fault::executes() const {
    const auto* value = values_.if_contains("executed");
    return value == nullptr || !value->is_bool() || value->get_bool();
}

const fault* active_faults::find(fault_kind kind) const noexcept {
    const auto found = std::ranges::find(taken_, kind, &fault::kind);
    return found == taken_.end() ? nullptr : &*found;
}

const fault* active_faults::of_stage(fault_stage stage) const noexcept {
    const auto found = std::ranges::find(taken_, stage, &fault::stage);
    return found == taken_.end() ? nullptr : &*found;
}

bool active_faults::allow_execution() const {
    return std::ranges::all_of(taken_, &fault::executes);
}

std::string active_faults::names() const {
    std::string joined;
    for (const fault& one : taken_) {
        joined += (joined.empty() ? "" : " ") + std::string(one.name());
    }
    return joined;
}

std::uint64_t fault_book::add(fault_order order) {
    entry added{.id = ++last_id_, .order = std::move(order), .used = 0, .banned_until = {}};
    entries_.push_back(std::move(added));
    return last_id_;
}

fault fault_book::use(entry& taken, wall_time now) {
    const fault& what = taken.order.what;
    if (what.kind() != fault_kind::throttle) {
        ++taken.used;
        return what;
    }
    const auto ban = std::chrono::seconds(what.number("ban_s"));
    if (now >= taken.banned_until) {
        ++taken.used;
        taken.banned_until = now + ban;
        return what;
    }
    json::object left = what.values();
    left["ban_s"] = std::chrono::ceil<std::chrono::seconds>(taken.banned_until - now).count();
    return {*find_fault(what.name()), std::move(left)};
}

active_faults fault_book::take(const call_facts& facts, wall_time now) {
    drop_exhausted(now);
    std::vector<fault> taken;
    std::set<fault_stage> filled{fault_stage::at_once, fault_stage::connection};
    for (entry& one : entries_) {
        const fault_stage stage = one.order.what.stage();
        if (filled.contains(stage) || !matches(one.order, facts)) {
            continue;
        }
        taken.push_back(use(one, now));
        if (stage != fault_stage::shape) {
            filled.insert(stage);
        }
    }
    drop_exhausted(now);
    return active_faults(std::move(taken));
}

std::optional<fault_kind> fault_book::take_connection_fault(bool tls) {
    const auto found = std::ranges::find_if(entries_, [tls](const entry& one) {
        const fault& what = one.order.what;
        return what.stage() == fault_stage::connection &&
               (tls || what.kind() != fault_kind::wrong_certificate);
    });
    if (found == entries_.end()) {
        return std::nullopt;
    }
    const fault_kind kind = found->order.what.kind();
    ++found->used;
    if (found->exhausted()) {
        entries_.erase(found);
    }
    return kind;
}

void fault_book::drop_exhausted(wall_time now) {
    std::erase_if(entries_, [&](const entry& one) {
        return one.exhausted() && now >= one.banned_until;
    });
}

json::object fault_book::describe() const {
    json::array list;
    for (const entry& one : entries_) {
        json::object item{{"id", one.id}, {"fault", one.order.what.name()}, {"used", one.used}};
        item["times"] = one.order.times ? json::value(*one.order.times) : json::value("always");
        if (one.order.where) {
            item["platform"] = to_string(*one.order.where);
        }
        if (!one.order.method.empty()) {
            item["method"] = one.order.method;
        }
        if (!one.order.match.empty()) {
            item["match"] = one.order.match;
        }
        for (const auto& value : one.order.what.values()) {
            item[value.key()] = value.value();
        }
        list.push_back(std::move(item));
    }
    return {{"faults", std::move(list)}};
}

}  // namespace simulator
