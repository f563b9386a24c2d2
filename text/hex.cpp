#include "text/hex.hpp"

namespace gateway::text {
namespace {

constexpr char lower[] = "0123456789abcdef";
constexpr char upper[] = "0123456789ABCDEF";

void append_byte(std::string& out, unsigned char byte, const char* digits) {
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
}

std::string all_bytes(std::string_view bytes, const char* digits) {
    std::string text;
    text.reserve(2 * bytes.size());
    for (const char c : bytes) {
        append_byte(text, static_cast<unsigned char>(c), digits);
    }
    return text;
}

}  // namespace

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string to_hex(std::string_view bytes) {
    return all_bytes(bytes, lower);
}

std::string to_upper_hex(std::string_view bytes) {
    return all_bytes(bytes, upper);
}

void append_hex(std::string& out, unsigned char byte) {
    append_byte(out, byte, lower);
}

void append_upper_hex(std::string& out, unsigned char byte) {
    append_byte(out, byte, upper);
}

void append_hex(std::string& out, std::uint64_t value, int digits) {
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
        out += lower[(value >> static_cast<unsigned>(shift)) & 15U];
    }
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) {
        return std::nullopt;
    }
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

}  // namespace gateway::text
