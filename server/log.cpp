#include "server/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "handlers/json_writer.hpp"
#include "handlers/timestamp.hpp"

namespace gateway::server {
namespace {

using config::log_level;

spdlog::level::level_enum level_of(log_level level) noexcept {
    switch (level) {
        case log_level::debug:
            return spdlog::level::debug;
        case log_level::info:
            return spdlog::level::info;
        case log_level::warn:
            return spdlog::level::warn;
        case log_level::error:
            break;
    }
    return spdlog::level::err;
}

std::string_view name_of(log_level level) noexcept {
    switch (level) {
        case log_level::debug:
            return "debug";
        case log_level::info:
            return "info";
        case log_level::warn:
            return "warn";
        case log_level::error:
            break;
    }
    return "error";
}

std::string now_text() {
    return handlers::to_rfc3339(
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())
    );
}

std::string decimal(double value) {
    char text[32];
    const int length = std::snprintf(text, sizeof text, "%.3f", value);
    return std::string(text, static_cast<std::size_t>(length));
}

// The field's value as JSON text; empty: nothing to say.
std::string value_text(const log::field& field) {
    if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
        return std::to_string(*number);
    }
    if (const auto* number = std::get_if<double>(&field.value)) {
        return decimal(*number);
    }
    const auto text = std::get<std::string_view>(field.value);
    std::string out;
    if (!text.empty()) {
        handlers::append_json_string(out, text);
    }
    return out;
}

std::string json_line(
    log_level level, std::string_view event, std::initializer_list<log::field> fields
) {
    handlers::json_writer out;
    out.begin_object();
    out.text("time", now_text());
    out.text("level", name_of(level));
    out.text("event", event);
    for (const auto& field : fields) {
        const auto value = value_text(field);
        if (!value.empty()) {
            out.raw(field.name, value);
        }
    }
    out.end_object();
    return out.str();
}

std::string text_line(
    log_level level, std::string_view event, std::initializer_list<log::field> fields
) {
    std::string out = now_text();
    out += ' ';
    out += name_of(level);
    out += ' ';
    out += event;
    for (const auto& field : fields) {
        const auto value = value_text(field);
        if (!value.empty()) {
            out += ' ';
            out += field.name;
            out += '=';
            out += value;
        }
    }
    return out;
}

}  // namespace

struct log::sink {
    sink(std::ostream& out, log_level level)
        : logger("gateway", std::make_shared<spdlog::sinks::ostream_sink_st>(out, true)) {
        logger.set_level(level_of(level));
        logger.set_pattern("%v");
    }

    spdlog::logger logger;
};

log::log(const config::log_settings& settings, std::ostream& out)
    : settings_(settings), sink_(std::make_unique<sink>(out, settings.level)) {}

log::~log() = default;

void log::write(log_level level, std::string_view event, std::initializer_list<field> fields) {
    if (!sink_->logger.should_log(level_of(level))) {
        return;
    }
    const auto line = settings_.format == config::log_format::json
                          ? json_line(level, event, fields)
                          : text_line(level, event, fields);
    sink_->logger.log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace gateway::server
