#include "text/json_writer.hpp"

#include "text/hex.hpp"
#include "text/utf8.hpp"

namespace gateway::text {
namespace {

void append_control(std::string& out, unsigned char c) {
    out += "\\u00";
    append_hex(out, c);
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
        const auto length = utf8_length(value, at);
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
