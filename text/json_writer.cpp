#include "text/json_writer.hpp"

#include "text/hex.hpp"
#include "text/invisible_characters.hpp"
#include "text/utf8.hpp"

namespace gateway::text {
namespace {

void append_control(std::string& out, unsigned char c) {
    out += "\\u00";
    append_hex(out, c);
}

// A character that a JSON string may hold as it is (RFC 8259 §7). DEL is escaped although it may.
bool is_plain(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\';
}

void append_escaped(std::string& out, char c) {
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
            append_control(out, static_cast<unsigned char>(c));
            return;
    }
}

void append_unit(std::string& out, char32_t unit) {
    out += "\\u";
    append_hex(out, static_cast<unsigned char>(unit >> 8U));
    append_hex(out, static_cast<unsigned char>(unit));
}

// As one UTF-16 unit or two (RFC 8259 §7).
void append_code_point(std::string& out, char32_t code_point) {
    if (code_point < 0x10000) {
        append_unit(out, code_point);
        return;
    }
    append_unit(out, 0xD800 + ((code_point - 0x10000) >> 10U));
    append_unit(out, 0xDC00 + ((code_point - 0x10000) & 0x3FFU));
}

}  // namespace

// Copies in runs: nearly all of an answer's text is plain.
void append_json_string(std::string& out, std::string_view value) {
    out += '"';
    std::size_t run = 0;  // begin of what is not copied yet
    std::size_t at = 0;
    while (at < value.size()) {
        if (is_plain(value[at])) {
            ++at;
            continue;
        }
        const auto length = utf8_length(value, at);
        const char32_t code_point = length > 1 ? code_point_at(value, at, length) : 0;
        if (length > 1 && !is_invisible(code_point)) {
            at += length;
            continue;
        }
        out.append(value, run, at - run);
        if (length > 1) {
            append_code_point(out, code_point);
        } else if (length == 1) {
            append_escaped(out, value[at]);
        } else {
            out += "\xEF\xBF\xBD";
        }
        at += length == 0 ? 1 : length;
        run = at;
    }
    out.append(value, run);
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

void json_writer::text_or_null(std::string_view name, std::optional<std::string_view> value) {
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

}  // namespace gateway::text
