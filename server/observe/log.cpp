#include "server/observe/log.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <ostream>
#include <string>

#include "base/thread_priority.hpp"
#include "text/json_writer.hpp"
#include "text/timestamp.hpp"

namespace gateway::server {
namespace {

using config::log_level;

// Lines that may wait to be written, at info level a good second of a busy gateway's.
constexpr std::size_t most_waiting = 8192;

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
    return text::to_rfc3339(
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())
    );
}

std::string decimal(double value) {
    char text[32];
    const int length = std::snprintf(text, sizeof text, "%.3f", value);
    return std::string(text, static_cast<std::size_t>(length));
}

// The field's value as JSON text; empty: the field is left out.
std::string value_text(const log::field& field) {
    if (const auto* number = std::get_if<std::int64_t>(&field.value.get())) {
        return std::to_string(*number);
    }
    if (const auto* number = std::get_if<double>(&field.value.get())) {
        return decimal(*number);
    }
    const auto text = std::get<std::string_view>(field.value.get());
    std::string out;
    if (!text.empty()) {
        text::append_json_string(out, text);
    }
    return out;
}

std::string json_line(
    log_level level, std::string_view event, std::initializer_list<log::field> fields
) {
    text::json_writer out;
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

// Writes the lines out; on the writing thread.
class line_sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    explicit line_sink(std::ostream& out) : out_(out) {}

    // Waits until `count` lines are out.
    bool wait_written(std::uint64_t count, std::chrono::milliseconds limit) {
        std::unique_lock lock(guard_);
        return grown_.wait_for(lock, limit, [&] { return written_ >= count; });
    }

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        // The cause that stopped the line before, a full disk perhaps, may be over.
        out_.clear();
        out_.write(message.payload.data(), static_cast<std::streamsize>(message.payload.size()));
        out_.put('\n');
        out_.flush();
        const std::lock_guard lock(guard_);
        ++written_;
        grown_.notify_all();
    }
    void flush_() override {}

    std::ostream& out_;
    std::mutex guard_;
    std::condition_variable grown_;
    std::uint64_t written_ = 0;
};

}  // namespace

struct log::writer {
    explicit writer(std::ostream& out)
        : sink(std::make_shared<line_sink>(out)),
          thread(std::make_shared<spdlog::details::thread_pool>(
              most_waiting,
              1,
              [] { base::lower_thread_priority(base::niceness_offset::single_work); }
          )),
          logger(std::make_shared<spdlog::async_logger>(
              "gateway", sink, thread, spdlog::async_overflow_policy::overrun_oldest
          )) {
        logger->set_level(spdlog::level::trace);
    }

    std::shared_ptr<line_sink> sink;
    std::shared_ptr<spdlog::details::thread_pool> thread;
    std::shared_ptr<spdlog::async_logger> logger;
    std::uint64_t handed_over = 0;
};

log::log(const config::log_settings& settings, std::ostream& out)
    : settings_(settings), writer_(std::make_unique<writer>(out)) {}

log::~log() = default;

void log::write(log_level level, base::fixed_text event, std::initializer_list<field> fields) {
    if (level < settings_.level) {
        return;
    }
    const auto line = settings_.format == config::log_format::json
                          ? json_line(level, event, fields)
                          : text_line(level, event, fields);
    ++writer_->handed_over;
    writer_->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

bool log::flush(std::chrono::milliseconds limit) {
    return writer_->sink->wait_written(writer_->handed_over - dropped(), limit);
}

std::uint64_t log::dropped() const {
    return writer_->thread->overrun_counter();
}

}  // namespace gateway::server
