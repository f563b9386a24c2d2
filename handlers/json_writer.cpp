#include "handlers/json_writer.hpp"

namespace gateway::handlers {
namespace {

unsigned char byte_at(std::string_view text, std::size_t at) noexcept {
    return static_cast<unsigned char>(text[at]);
}

// Bytes of the UTF-8 character at `at`; 0 when there is none (RFC 3629 §4).
std::size_t character_length(std::string_view text, std::size_t at) noexcept {
    const auto lead = byte_at(text, at);
    std::size_t length = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (lead < 0x80) {
        return 1;
    } else if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        low = lead == 0xE0 ? 0xA0 : 0x80;
        high = lead == 0xED ? 0x9F : 0xBF;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        low = lead == 0xF0 ? 0x90 : 0x80;
        high = lead == 0xF4 ? 0x8F : 0xBF;
    } else {
        return 0;
    }
    if (at + length > text.size() || byte_at(text, at + 1) < low || byte_at(text, at + 1) > high) {
        return 0;
    }
    for (std::size_t i = 2; i < length; ++i) {
        if ((byte_at(text, at + i) & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    return length;
}

void append_control(std::string& out, unsigned char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u00";
    out += digits[c >> 4U];
    out += digits[c & 0xFU];
}

void append_ascii(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
        append_control(out, static_cast<unsigned char>(c));
        return;
    }
    out += c;
}

}  // namespace

void append_json_string(std::string& out, std::string_view value) {
    out += '"';
    for (std::size_t at = 0; at < value.size();) {
        const auto length = character_length(value, at);
        if (length == 1) {
            append_ascii(out, value[at]);
        } else if (length > 1) {
            out += value.substr(at, length);
        } else {
            out += "\xEF\xBF\xBD";
        }
        at += length == 0 ? 1 : length;
    }
    out += '"';
}

void json_writer::next() {
    if (!out_.empty() && out_.back() != '{' && out_.back() != '[') {
        out_ += ',';
    }
}

void json_writer::open(std::string_view name) {
    next();
    if (!name.empty()) {
        append_json_string(out_, name);
        out_ += ':';
    }
}

void json_writer::begin_object(std::string_view name) {
    open(name);
    out_ += '{';
}

void json_writer::end_object() {
    out_ += '}';
}

void json_writer::begin_array(std::string_view name) {
    open(name);
    out_ += '[';
}

void json_writer::end_array() {
    out_ += ']';
}

void json_writer::text(std::string_view name, std::string_view value) {
    open(name);
    append_json_string(out_, value);
}

void json_writer::text_or_null(std::string_view name, const std::optional<std::string>& value) {
    if (value) {
        text(name, *value);
    } else {
        null(name);
    }
}

void json_writer::number(std::string_view name, std::int64_t value) {
    open(name);
    out_ += std::to_string(value);
}

void json_writer::boolean(std::string_view name, bool value) {
    open(name);
    out_ += value ? "true" : "false";
}

void json_writer::null(std::string_view name) {
    open(name);
    out_ += "null";
}

void json_writer::raw(std::string_view name, std::string_view json) {
    open(name);
    out_ += json.empty() ? "null" : json;
}

void json_writer::text_element(std::string_view value) {
    next();
    append_json_string(out_, value);
}

}  // namespace gateway::handlers
