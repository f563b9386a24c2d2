#include "text/url_encoding.hpp"

#include "text/hex.hpp"

namespace gateway::text {
namespace {

bool unreserved(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void append_encoded(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (unreserved(c)) {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            out += '%';
            append_upper_hex(out, static_cast<unsigned char>(c));
        }
    }
}

}  // namespace

std::string form_encode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    append_encoded(out, text);
    return out;
}

void append_form_field(std::string& form, std::string_view name, std::string_view value) {
    if (!form.empty()) {
        form += '&';
    }
    append_encoded(form, name);
    form += '=';
    append_encoded(form, value);
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const bool whole = i + 2 < text.size();
        const int high = whole ? hex_value(text[i + 1]) : -1;
        const int low = whole ? hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

}  // namespace gateway::text
