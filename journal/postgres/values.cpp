#include "journal/postgres/values.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "text/hex.hpp"

namespace gateway::journal::postgres {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Dimensions, whether there are nulls, element type, length, lower bound: 4 bytes each.
constexpr std::size_t array_header = 20;
constexpr std::size_t empty_array_header = 12;
constexpr std::uint32_t null_length = 0xffffffffU;
constexpr char jsonb_version = 1;
constexpr std::size_t uuid_text_length = 36;

template <class Unsigned>
void append_big_endian(std::string& into, Unsigned value) {
    for (int shift = static_cast<int>(sizeof(Unsigned)) * 8 - 8; shift >= 0; shift -= 8) {
        into.push_back(static_cast<char>(static_cast<unsigned char>(value >> shift)));
    }
}

void put_big_endian(std::string& into, std::size_t at, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        into[at++] = static_cast<char>(static_cast<unsigned char>(value >> shift));
    }
}

constexpr bool is_dash_position(std::size_t index) noexcept {
    return index == 8 || index == 13 || index == 18 || index == 23;
}

}  // namespace

type array_of(type element) {
    switch (element) {
        case type::boolean:
            return type::boolean_array;
        case type::bytea:
            return type::bytea_array;
        case type::int8:
            return type::int8_array;
        case type::int4:
            return type::int4_array;
        case type::text:
            return type::text_array;
        case type::float4:
            return type::float4_array;
        case type::date:
            return type::date_array;
        case type::timestamptz:
            return type::timestamptz_array;
        case type::uuid:
            return type::uuid_array;
        case type::jsonb:
            return type::jsonb_array;
        default:
            throw std::logic_error("arrays of this type are not known");
    }
}

std::optional<std::array<std::uint8_t, 16>> uuid_bytes(std::string_view text) noexcept {
    if (text.size() != uuid_text_length) {
        return std::nullopt;
    }
    std::array<std::uint8_t, 16> bytes{};
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_dash_position(i)) {
            if (text[i] != '-') {
                return std::nullopt;
            }
            continue;
        }
        const int value = text::hex_value(text[i]);
        if (value < 0) {
            return std::nullopt;
        }
        auto& byte = bytes[digits / 2];
        byte = static_cast<std::uint8_t>(byte * 16 + value);
        ++digits;
    }
    return bytes;
}

std::string uuid_text(std::span<const std::uint8_t, 16> bytes) {
    std::string text;
    text.reserve(uuid_text_length);
    for (const std::uint8_t byte : bytes) {
        if (is_dash_position(text.size())) {
            text.push_back('-');
        }
        text::append_hex(text, byte);
    }
    return text;
}

std::string text_array_literal(std::span<const std::string_view> elements) {
    std::string literal = "{";
    for (const std::string_view element : elements) {
        literal += literal.size() > 1 ? ",\"" : "\"";
        for (const char c : element) {
            if (c == '"' || c == '\\') {
                literal.push_back('\\');
            }
            literal.push_back(c);
        }
        literal.push_back('"');
    }
    literal.push_back('}');
    return literal;
}

void value_writer::require(type wanted) const {
    if (type_ != wanted) {
        throw std::logic_error("a value does not fit the type of its parameter");
    }
}

bool value_writer::write_scalar(std::string& into, bool value) const {
    require(type::boolean);
    into.push_back(value ? '\1' : '\0');
    return true;
}

bool value_writer::write_scalar(std::string& into, std::int32_t value) const {
    require(type::int4);
    append_big_endian(into, static_cast<std::uint32_t>(value));
    return true;
}

bool value_writer::write_scalar(std::string& into, std::int64_t value) const {
    require(type::int8);
    append_big_endian(into, static_cast<std::uint64_t>(value));
    return true;
}

bool value_writer::write_scalar(std::string& into, float value) const {
    require(type::float4);
    append_big_endian(into, std::bit_cast<std::uint32_t>(value));
    return true;
}

bool value_writer::write_scalar(std::string& into, std::chrono::sys_days value) const {
    require(type::date);
    const auto days = (value - postgres_epoch).count();
    append_big_endian(into, static_cast<std::uint32_t>(days));
    return true;
}

bool value_writer::write_scalar(std::string& into, redemption::time_point value) const {
    require(type::timestamptz);
    // Bounded first: a difference of what lies outside would overflow.
    const auto epoch = std::chrono::time_point_cast<milliseconds>(postgres_epoch);
    const auto bounded =
        std::clamp<redemption::time_point>(value, epoch - timestamp_bound, epoch + timestamp_bound);
    append_big_endian(into, static_cast<std::uint64_t>(microseconds(bounded - epoch).count()));
    return true;
}

bool value_writer::write_uuid(std::string& into, std::string_view value) const {
    require(type::uuid);
    const auto bytes = uuid_bytes(value);
    if (!bytes) {
        return false;
    }
    into.append(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    return true;
}

bool value_writer::write_text(std::string& into, std::string_view value) const {
    if (type_ == type::jsonb) {
        into.push_back(jsonb_version);
    } else if (type_ != type::bytea) {
        require(type::text);
    }
    into.append(value);
    return true;
}

column::column(type element) : writer_(element), bytes_(array_header, '\0') {
    array_of(element);  // throws for an array's type
}

std::size_t column::begin_element() {
    const std::size_t length_at = bytes_.size();
    append_big_endian(bytes_, null_length);
    return length_at;
}

void column::end_element(std::size_t length_at, bool present) {
    ++size_;
    if (!present) {
        has_nulls_ = true;
        return;
    }
    put_big_endian(bytes_, length_at, static_cast<std::uint32_t>(bytes_.size() - length_at - 4));
}

void column::append_null() {
    end_element(begin_element(), false);
}

void column::clear() {
    bytes_.resize(array_header);
    size_ = 0;
    has_nulls_ = false;
}

std::string_view column::bytes() const {
    put_big_endian(bytes_, 0, size_ == 0 ? 0 : 1);
    put_big_endian(bytes_, 4, has_nulls_ ? 1 : 0);
    put_big_endian(bytes_, 8, static_cast<std::uint32_t>(writer_.of()));
    put_big_endian(bytes_, 12, static_cast<std::uint32_t>(size_));
    put_big_endian(bytes_, 16, 1);
    return size_ == 0 ? std::string_view(bytes_).substr(0, empty_array_header)
                      : std::string_view(bytes_);
}

void parameters::add_null(type of) {
    push(of, nullptr, scalars_.size(), false);
}

void parameters::add(const column& values) {
    push(values.array_type(), &values, 0, true);
}

void parameters::push(type of, const column* values, std::size_t begin, bool present) {
    entries_.push_back({
        .of = of,
        .values = values,
        .begin = begin,
        .length = scalars_.size() - begin,
        .is_null = !present,
    });
}

parameters::view parameters::at(std::size_t index) const {
    const entry& one = entries_.at(index);
    return {
        .of = one.of,
        .is_null = one.is_null,
        .bytes = one.values != nullptr ? one.values->bytes()
                                       : std::string_view(scalars_).substr(one.begin, one.length),
    };
}

std::size_t parameters::total_bytes() const {
    std::size_t total = 0;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        total += at(i).bytes.size();
    }
    return total;
}

}  // namespace gateway::journal::postgres
