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

bool matches(const fault_rule& rule, const call_facts& facts) {
    if (rule.where && *rule.where != facts.where) {
        return false;
    }
    if (!rule.method.empty() && rule.method != facts.method) {
        return false;
    }
    return contains(facts.natural_key, rule.match) ||
           std::ranges::any_of(facts.fields, [&](const form_field& field) {
               return contains(field.value, rule.match);
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

std::uint64_t fault_rules::add(fault_rule rule) {
    entry added{.id = ++last_id_, .rule = std::move(rule), .used = 0, .banned_until = {}};
    entries_.push_back(std::move(added));
    return last_id_;
}

fault fault_rules::use(entry& taken, wall_time now) {
    const fault& injected = taken.rule.injected;
    if (injected.kind() != fault_kind::throttle) {
        ++taken.used;
        return injected;
    }
    const auto ban = std::chrono::seconds(injected.number("ban_s"));
    if (now >= taken.banned_until) {
        ++taken.used;
        taken.banned_until = now + ban;
        return injected;
    }
    json::object remaining = injected.values();
    remaining["ban_s"] = std::chrono::ceil<std::chrono::seconds>(taken.banned_until - now).count();
    return {*find_fault(injected.name()), std::move(remaining)};
}

active_faults fault_rules::take(const call_facts& facts, wall_time now) {
    drop_exhausted(now);
    std::vector<fault> taken;
    std::set<fault_stage> filled{fault_stage::at_once, fault_stage::connection};
    for (entry& one : entries_) {
        const fault_stage stage = one.rule.injected.stage();
        if (filled.contains(stage) || !matches(one.rule, facts)) {
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

std::optional<fault_kind> fault_rules::take_connection_fault(bool tls) {
    const auto found = std::ranges::find_if(entries_, [tls](const entry& one) {
        const fault& injected = one.rule.injected;
        return injected.stage() == fault_stage::connection &&
               (tls || injected.kind() != fault_kind::wrong_certificate);
    });
    if (found == entries_.end()) {
        return std::nullopt;
    }
    const fault_kind kind = found->rule.injected.kind();
    ++found->used;
    if (found->exhausted()) {
        entries_.erase(found);
    }
    return kind;
}

void fault_rules::drop_exhausted(wall_time now) {
    std::erase_if(entries_, [&](const entry& one) {
        return one.exhausted() && now >= one.banned_until;
    });
}

json::object fault_rules::describe() const {
    json::array list;
    for (const entry& one : entries_) {
        json::object item{{"id", one.id}, {"fault", one.rule.injected.name()}, {"used", one.used}};
        item["times"] = one.rule.times ? json::value(*one.rule.times) : json::value("always");
        if (one.rule.where) {
            item["platform"] = to_string(*one.rule.where);
        }
        if (!one.rule.method.empty()) {
            item["method"] = one.rule.method;
        }
        if (!one.rule.match.empty()) {
            item["match"] = one.rule.match;
        }
        for (const auto& value : one.rule.injected.values()) {
            item[value.key()] = value.value();
        }
        list.push_back(std::move(item));
    }
    return {{"faults", std::move(list)}};
}

}  // namespace simulator
