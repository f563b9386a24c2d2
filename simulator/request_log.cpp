#include "simulator/request_log.hpp"

#include <boost/json/array.hpp>

namespace simulator {

namespace json = boost::json;

namespace {

constexpr std::size_t capacity = 10'000;

}  // namespace

std::uint64_t request_log::begin(
    const call_facts& facts, const gateway::net::http_request& request, wall_time now
) {
    if (entries_.size() == capacity) {
        entries_.pop_front();
    }
    entry& added = entries_.emplace_back();
    added.number = ++last_number_;
    added.facts = facts;
    added.headers = request.headers;
    added.http_method = request.method;
    added.at = iso_time(now);
    added.verdict = "unanswered";
    return added.number;
}

void request_log::end(
    std::uint64_t number, std::string verdict, std::string faults, wall_time now
) {
    if (entries_.empty() || number < entries_.front().number) {
        return;
    }
    entry& found = entries_[number - entries_.front().number];
    found.verdict = std::move(verdict);
    found.faults = std::move(faults);
    found.answered_at = iso_time(now);
}

void request_log::clear() {
    entries_.clear();
}

json::object request_log::describe(const entry& one) {
    json::object fields;
    json::object headers;
    for (const auto& field : one.facts.fields) {
        fields[field.name] = field.value;
    }
    for (const auto& header : one.headers) {
        headers[header.name] = header.value;
    }
    return {
        {"number", one.number},
        {"at", one.at},
        {"answered_at", one.answered_at},
        {"platform", to_string(one.facts.where)},
        {"http_method", one.http_method},
        {"method", one.facts.method},
        {"natural_key", one.facts.natural_key},
        {"params", std::move(fields)},
        {"headers", std::move(headers)},
        {"verdict", one.verdict},
        {"faults", one.faults},
    };
}

json::object request_log::describe() const {
    json::array list;
    for (const entry& one : entries_) {
        list.push_back(describe(one));
    }
    return {{"requests", std::move(list)}};
}

}  // namespace simulator
