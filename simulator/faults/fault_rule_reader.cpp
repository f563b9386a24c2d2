#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "simulator/faults/fault_rules.hpp"

// Reads the JSON of POST /_sim/faults and checks it against the fault table.

namespace simulator {

namespace json = boost::json;

namespace {

constexpr std::int64_t largest_number = 86'400'000;  // a day in milliseconds

// An error message for the caller; it never leaves read_fault_rule.
struct refusal {
    std::string sentence;
};

std::string known_names() {
    std::string names;
    for (const auto& description : fault_table()) {
        names += (names.empty() ? "" : ", ") + std::string(description.name);
    }
    return names;
}

std::string text_of(const json::object& body, std::string_view key) {
    const auto* value = body.if_contains(key);
    if (value == nullptr) {
        return {};
    }
    if (!value->is_string()) {
        throw refusal{std::string(key) + " must be a string"};
    }
    return std::string(value->get_string());
}

bool is_choice(std::string_view choices, std::string_view word) {
    while (!choices.empty()) {
        const std::string_view choice = choices.substr(0, choices.find('|'));
        if (choice == word) {
            return true;
        }
        choices.remove_prefix(std::min(choice.size() + 1, choices.size()));
    }
    return false;
}

std::string_view expectation(value_type type) {
    switch (type) {
        case value_type::number:
            return " must be a whole number from 0 to 86400000";
        case value_type::flag:
            return " must be true or false";
        case value_type::text:
            return " must be a string";
    }
    return {};
}

bool fits(value_type type, const json::value& value) {
    switch (type) {
        case value_type::number:
            return value.is_int64() && value.get_int64() >= 0 &&
                   value.get_int64() <= largest_number;
        case value_type::flag:
            return value.is_bool();
        case value_type::text:
            return value.is_string();
    }
    return false;
}

void check(const fault_parameter& expected, const json::value& value) {
    const std::string name(expected.name);
    if (!fits(expected.type, value)) {
        throw refusal{name + std::string(expectation(expected.type))};
    }
    const std::string word =
        value.is_string() ? std::string(value.get_string()) : json::serialize(value);
    if (!expected.choices.empty() && !is_choice(expected.choices, word)) {
        throw refusal{name + " must be one of " + std::string(expected.choices)};
    }
}

json::object read_values(const fault_description& description, const json::object& body) {
    json::object values;
    for (const auto& expected : description.parameters) {
        const auto* given = body.if_contains(expected.name);
        if (given == nullptr && expected.fallback.empty()) {
            throw refusal{std::string(description.name) + " needs " + std::string(expected.name)};
        }
        const json::value value = given != nullptr ? *given : json::parse(expected.fallback);
        check(expected, value);
        values[expected.name] = value;
    }
    return values;
}

void refuse_unknown_members(const fault_description& description, const json::object& body) {
    std::string expected = "fault, platform, method, match, times";
    for (const auto& parameter : description.parameters) {
        expected += ", " + std::string(parameter.name);
    }
    for (const auto& member : body) {
        const std::string_view key = member.key();
        const bool common = is_choice("fault|platform|method|match|times", key);
        const bool own = std::ranges::any_of(description.parameters, [&](const auto& parameter) {
            return parameter.name == key;
        });
        if (!common && !own) {
            throw refusal{"unknown member " + std::string(key) + ", expected: " + expected};
        }
    }
}

std::optional<platform> read_platform(const json::object& body) {
    const std::string name = text_of(body, "platform");
    if (name.empty()) {
        return std::nullopt;
    }
    if (name != "alipay" && name != "taobao") {
        throw refusal{"platform must be alipay or taobao"};
    }
    return name == "alipay" ? platform::alipay : platform::taobao;
}

std::optional<std::int64_t> read_times(const json::object& body) {
    const auto* value = body.if_contains("times");
    if (value == nullptr) {
        return 1;
    }
    if (value->is_string() && value->get_string() == "always") {
        return std::nullopt;
    }
    if (!value->is_int64() || value->get_int64() < 1) {
        throw refusal{"times must be a whole number above 0 or \"always\""};
    }
    return value->get_int64();
}

fault_rule read(std::string_view text) {
    boost::system::error_code error;
    const json::value document = json::parse(text, error);
    if (error || !document.is_object()) {
        throw refusal{"expected a JSON object"};
    }
    const json::object& body = document.get_object();
    const fault_description* description = find_fault(text_of(body, "fault"));
    if (description == nullptr) {
        throw refusal{"fault must be one of: " + known_names()};
    }
    refuse_unknown_members(*description, body);
    fault injected(*description, read_values(*description, body));
    fault_rule rule{std::move(injected), read_platform(body), {}, {}, read_times(body)};
    rule.method = text_of(body, "method");
    rule.match = text_of(body, "match");
    const bool before_reading =
        description->stage == fault_stage::at_once || description->stage == fault_stage::connection;
    if (before_reading && (rule.where || !rule.method.empty() || !rule.match.empty())) {
        throw refusal{
            std::string(description->name) +
            " happens before anything is read: platform, method and match do not apply"
        };
    }
    return rule;
}

}  // namespace

std::variant<fault_rule, std::string> read_fault_rule(std::string_view body) {
    try {
        return read(body);
    } catch (const refusal& why) {
        return why.sentence;
    }
}

}  // namespace simulator
