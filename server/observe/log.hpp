#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include "base/redacted_text.hpp"
#include "config/settings.hpp"

namespace gateway::server {

// The value of a field: a number, or text that may be shown (base/redacted_text.hpp). Any other
// text does not compile. A view: used within the expression that makes it.
class log_value {
public:
    template <std::size_t N>
    consteval log_value(const char (&literal)[N]) : log_value(base::fixed_text(literal)) {}
    constexpr log_value(base::fixed_text text) : value_(text.view()) {}
    log_value(const base::redacted_text& text) : value_(text.view()) {}
    log_value(const std::optional<base::redacted_text>& text)
        : value_(text ? text->view() : std::string_view()) {}
    template <base::shown_name Named>
    log_value(const Named& name) : value_(name.view()) {}
    log_value(std::int64_t number) : value_(number) {}
    log_value(double number) : value_(number) {}

    using shown = std::variant<std::string_view, std::int64_t, double>;
    const shown& get() const noexcept { return value_; }

private:
    shown value_;
};

// One line per event, JSON or text: the event's name and its fields. A thread of its own writes:
// logging never waits, and when the lines are not taken the oldest are dropped. One thread at a
// time.
class log {
public:
    struct field {
        base::fixed_text name;
        log_value value;
    };

    // `out` must outlive the log, and is the writing thread's until then.
    log(const config::log_settings& settings, std::ostream& out);
    // Waits until everything is written, however long it takes.
    ~log();

    // Fields with empty text are left out.
    void write(
        config::log_level level, base::fixed_text event, std::initializer_list<field> fields
    );
    void info(base::fixed_text event, std::initializer_list<field> fields) {
        write(config::log_level::info, event, fields);
    }
    void warn(base::fixed_text event, std::initializer_list<field> fields) {
        write(config::log_level::warn, event, fields);
    }

    // Waits until everything is written; false if it is not by then.
    bool flush(std::chrono::milliseconds limit);
    // Lines that were not taken in time.
    std::uint64_t dropped() const;

private:
    struct writer;
    config::log_settings settings_;
    std::unique_ptr<writer> writer_;
};

}  // namespace gateway::server
