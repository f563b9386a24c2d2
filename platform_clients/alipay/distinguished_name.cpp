#include "platform_clients/alipay/distinguished_name.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "platform_clients/alipay/der.hpp"
#include "text/hex.hpp"

namespace gateway::alipay {
namespace {

// The attribute types that have a name in the JDK's RFC 2253 form; others stand as numbers, even
// emailAddress.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> type_names{{
    {"2.5.4.3", "CN"},
    {"2.5.4.6", "C"},
    {"2.5.4.7", "L"},
    {"2.5.4.8", "ST"},
    {"2.5.4.9", "STREET"},
    {"2.5.4.10", "O"},
    {"2.5.4.11", "OU"},
    {"0.9.2342.19200300.100.1.1", "UID"},
    {"0.9.2342.19200300.100.1.25", "DC"},
}};

// UTF8String, PrintableString, T61String, IA5String, GeneralString, BMPString: what the JDK writes
// as text. Other types stand as `#` and hexadecimal DER.
constexpr std::array<std::uint8_t, 6> text_tags{0x0C, 0x13, 0x14, 0x16, 0x1B, 0x1E};

template <class Range, class Value>
bool contains(const Range& range, const Value& value) {
    return std::find(range.begin(), range.end(), value) != range.end();
}

// How many bytes of `text` form one UTF-8 character, or how many to replace where none does: what
// could still have become one (Unicode's "maximal subpart"), as Java does, which also takes a whole
// surrogate for one.
std::pair<std::size_t, bool> character_at(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const unsigned lead = byte(0);
    if (lead < 0x80) {
        return {1, true};
    }
    const auto continues = [&](std::size_t i) {
        return (byte(i) & 0xC0U) == 0x80U;
    };
    if (lead == 0xED && byte(1) >= 0xA0 && continues(1) && continues(2)) {
        return {3, false};
    }
    std::size_t length = 0;
    unsigned lowest = 0x80;
    unsigned highest = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        lowest = lead == 0xE0 ? 0xA0 : lowest;
        highest = lead == 0xED ? 0x9F : highest;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        lowest = lead == 0xF0 ? 0x90 : lowest;
        highest = lead == 0xF4 ? 0x8F : highest;
    } else {
        return {1, false};
    }
    for (std::size_t i = 1; i < length; ++i) {
        if (byte(i) < lowest || byte(i) > highest) {
            return {i, false};
        }
        lowest = 0x80;
        highest = 0xBF;
    }
    return {length, true};
}

// The JDK reads every string type's bytes as UTF-8, whatever the type.
std::string as_utf8(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const auto [length, valid] = character_at(bytes);
        out += valid ? bytes.substr(0, length) : std::string_view("\xEF\xBF\xBD");
        bytes.remove_prefix(length);
    }
    return out;
}

std::string escaped(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (c == '\0') {
            out += "\\00";
            continue;
        }
        if (std::string_view(",=+<>#;\"\\").find(c) != std::string_view::npos) {
            out += '\\';
        }
        out += c;
    }
    const auto first = std::min(out.find_first_not_of(" \r"), out.size());
    const auto last = out.find_last_not_of(" \r");
    std::string framed;
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (i < first || last == std::string::npos || i > last) {
            framed += '\\';
        }
        framed += out[i];
    }
    return framed;
}

std::optional<std::string> attribute(std::string_view der) {
    der_reader parts(der);
    const auto type = parts.next(der_oid);
    const auto value = parts.next();
    const auto number = type ? oid_text(type->content) : std::nullopt;
    if (!number || !value || !parts.at_end()) {
        return std::nullopt;
    }
    const auto* named = std::find_if(type_names.begin(), type_names.end(), [&](const auto& row) {
        return row.first == *number;
    });
    if (named == type_names.end() || !contains(text_tags, value->tag)) {
        const auto name = named == type_names.end() ? *number : std::string(named->second);
        return name + "=#" + text::to_hex(value->whole);
    }
    return std::string(named->second) + '=' + escaped(as_utf8(value->content));
}

// One relative name: usually one attribute, else several joined by `+` in the order of encoding.
std::optional<std::string> relative_name(std::string_view set) {
    std::string text;
    der_reader attributes(set);
    while (!attributes.at_end()) {
        const auto sequence = attributes.next(der_sequence);
        const auto one = sequence ? attribute(sequence->content) : std::nullopt;
        if (!one) {
            return std::nullopt;
        }
        text += (text.empty() ? "" : "+") + *one;
    }
    return text;
}

}  // namespace

std::optional<std::string> distinguished_name(std::string_view der) {
    der_reader outer(der);
    const auto name = outer.next(der_sequence);
    if (!name || !outer.at_end()) {
        return std::nullopt;
    }
    std::vector<std::string> parts;
    der_reader sets(name->content);
    while (!sets.at_end()) {
        const auto set = sets.next(der_set);
        auto part = set ? relative_name(set->content) : std::nullopt;
        if (!part) {
            return std::nullopt;
        }
        parts.push_back(std::move(*part));
    }
    std::string text;
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        text += (text.empty() ? "" : ",") + *part;
    }
    return text;
}

std::optional<std::string> oid_text(std::string_view content) {
    std::string text;
    std::uint64_t arc = 0;
    bool first = true;
    bool within = false;
    for (const char c : content) {
        const auto byte = static_cast<unsigned char>(c);
        if (arc >> 56U != 0) {
            return std::nullopt;
        }
        arc = (arc << 7U) | (byte & 0x7FU);
        within = (byte & 0x80U) != 0;
        if (within) {
            continue;
        }
        if (first) {
            const auto root = std::min<std::uint64_t>(arc / 40, 2);
            text = std::to_string(root) + '.' + std::to_string(arc - root * 40);
            first = false;
        } else {
            text += '.' + std::to_string(arc);
        }
        arc = 0;
    }
    return first || within ? std::nullopt : std::optional(std::move(text));
}

}  // namespace gateway::alipay
