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

// One fault with its parameters, already checked against the table and completed with the
// fallbacks.
class fault {
public:
    fault(const fault_description& description, boost::json::object values)
        : description_(&description), values_(std::move(values)) {}

    fault_kind kind() const noexcept { return description_->kind; }
    fault_stage stage() const noexcept { return description_->stage; }
    std::string_view name() const noexcept { return description_->name; }
    std::int64_t number(std::string_view parameter) const;
    std::string text(std::string_view parameter) const;
    // False only for a fault that says so: the call must leave no effect.
    bool executes() const;
    const boost::json::object& values() const noexcept { return values_; }

private:
    const fault_description* description_;
    boost::json::object values_;
};

// The faults one call has to live with.
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

// When a fault applies: to calls of a platform and method whose natural key or some parameter
// contains `match`, `times` times (nothing: always).
struct fault_order {
    fault what;
    std::optional<platform> where;
    std::string method;
    std::string match;
    std::optional<std::int64_t> times = 1;
};

// Reads the JSON of POST /_sim/faults. The alternative is a sentence saying what was expected.
std::variant<fault_order, std::string> read_fault_order(std::string_view body);

// The orders in force, oldest first. Loop thread only.
class fault_book {
public:
    std::uint64_t add(fault_order order);
    void clear() { entries_.clear(); }

    // Takes what applies to this call, using up one time of each. Orders of a throttle stay in
    // force until their ban has passed and then answer with what is left of it.
    active_faults take(const call_facts& facts, wall_time now);
    // What is to go wrong with the connection just accepted; a wrong certificate only over TLS.
    std::optional<fault_kind> take_connection_fault(bool tls);

    boost::json::object describe() const;

private:
    struct entry {
        std::uint64_t id = 0;
        fault_order order;
        std::int64_t used = 0;
        wall_time banned_until{};

        bool exhausted() const { return order.times && used >= *order.times; }
    };

    fault use(entry& taken, wall_time now);
    void drop_exhausted(wall_time now);

    std::vector<entry> entries_;
    std::uint64_t last_id_ = 0;
};

}  // namespace simulator
