#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string_view>
#include <variant>

#include "config/settings.hpp"

namespace gateway::server {

// One line per event, JSON or text. Whoever logs names an event and its fields; values of
// parameters, codes and secrets are no field's value. One thread at a time.
class log {
public:
    struct field {
        std::string_view name;
        std::variant<std::string_view, std::int64_t, double> value;
    };

    // `out` must outlive the log.
    log(const config::log_settings& settings, std::ostream& out);
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

private:
    struct sink;
    config::log_settings settings_;
    std::unique_ptr<sink> sink_;
};

}  // namespace gateway::server
