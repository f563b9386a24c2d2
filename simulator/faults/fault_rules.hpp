#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "simulator/faults/fault_table.hpp"
#include "simulator/platform_endpoint.hpp"

namespace simulator {

// One fault with its parameters, which are checked against the table and completed with fallbacks.
class fault {
public:
    fault(const fault_description& description, boost::json::object values)
        : description_(&description), values_(std::move(values)) {}

    fault_kind kind() const noexcept { return description_->kind; }
    fault_stage stage() const noexcept { return description_->stage; }
    std::string_view name() const noexcept { return description_->name; }
    std::int64_t number(std::string_view parameter) const;
    std::string text(std::string_view parameter) const;
    // Returns false when the fault's parameters forbid the call an effect.
    bool executes() const;
    const boost::json::object& values() const noexcept { return values_; }

private:
    const fault_description* description_;
    boost::json::object values_;
};

// The faults that apply to one call.
class active_faults {
public:
    active_faults() = default;
    explicit active_faults(std::vector<fault> taken) : taken_(std::move(taken)) {}

    const fault* find(fault_kind kind) const noexcept;
    bool has(fault_kind kind) const noexcept { return find(kind) != nullptr; }
    const fault* of_stage(fault_stage stage) const noexcept;
    bool allow_execution() const;
    std::string names() const;  // joined by spaces

private:
    std::vector<fault> taken_;
};

// A fault with its conditions: it applies to calls of the platform and method whose natural key or
// some parameter contains `match`, `times` times (nothing: always).
struct fault_rule {
    fault injected;
    std::optional<platform> where;
    std::string method;
    std::string match;
    std::optional<std::int64_t> times = 1;
};

// Reads the JSON of POST /_sim/faults. The alternative is an error message that names the expected
// form.
std::variant<fault_rule, std::string> read_fault_rule(std::string_view body);

// The rules in force, oldest first. Only the loop thread may use them.
class fault_rules {
public:
    std::uint64_t add(fault_rule rule);
    void clear() { entries_.clear(); }

    // Takes the faults that apply to this call and counts one use of each. A throttle stays in
    // force until its ban ends, and the fault taken meanwhile carries the ban's remaining time.
    active_faults take(const call_facts& facts, wall_time now);
    // Takes the fault of a connection that was just accepted; `wrong-certificate` needs TLS.
    std::optional<fault_kind> take_connection_fault(bool tls);

    boost::json::object describe() const;

private:
    struct entry {
        std::uint64_t id = 0;
        fault_rule rule;
        std::int64_t used = 0;
        wall_time banned_until{};

        bool exhausted() const { return rule.times && used >= *rule.times; }
    };

    fault use(entry& taken, wall_time now);
    void drop_exhausted(wall_time now);

    std::vector<entry> entries_;
    std::uint64_t last_id_ = 0;
};

}  // namespace simulator
