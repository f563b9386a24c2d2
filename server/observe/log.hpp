#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string_view>
#include <variant>

#include "config/settings.hpp"

namespace gateway::server {

// One line per event, JSON or text: the event's name and its fields. Values of parameters, codes
// and secrets are no field's value. A thread of its own writes: logging never waits, and when the
// lines are not taken the oldest are dropped. One thread at a time.
class log {
public:
    struct field {
        std::string_view name;
        std::variant<std::string_view, std::int64_t, double> value;
    };

    // `out` must outlive the log, and is the writing thread's until then.
    log(const config::log_settings& settings, std::ostream& out);
    // Waits until everything is written, however long it takes.
    ~log();

    // Fields with empty text are left out.
    void write(
        config::log_level level, std::string_view event, std::initializer_list<field> fields
    );
    void info(std::string_view event, std::initializer_list<field> fields) {
        write(config::log_level::info, event, fields);
    }
    void warn(std::string_view event, std::initializer_list<field> fields) {
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
