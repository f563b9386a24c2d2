#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "redemption/model.hpp"

// Parameters of statements in PostgreSQL's binary format. Values belong to one thread at a time.

namespace gateway::journal::postgres {

// The server's object ids of the types that statements use.
enum class type : std::uint32_t {
    boolean = 16,
    bytea = 17,
    int8 = 20,
    int4 = 23,
    text = 25,
    float4 = 700,
    date = 1082,
    timestamptz = 1184,
    uuid = 2950,
    jsonb = 3802,
    boolean_array = 1000,
    bytea_array = 1001,
    int4_array = 1007,
    text_array = 1009,
    int8_array = 1016,
    float4_array = 1021,
    date_array = 1182,
    timestamptz_array = 1185,
    uuid_array = 2951,
    jsonb_array = 3807,
};

// Dates and times count from 2000-01-01.
inline constexpr std::chrono::sys_days postgres_epoch =
    std::chrono::sys_days(std::chrono::year(2000) / 1 / 1);
// A time further away from it is stored as this far away: PostgreSQL's own range ends there.
inline constexpr std::chrono::milliseconds timestamp_bound = std::chrono::days(1'000'000);

// The array type of an element type. Throws std::logic_error for one that has none here.
type array_of(type element);

// The 16 bytes of a UUID written with 36 characters; none for another text.
std::optional<std::array<std::uint8_t, 16>> uuid_bytes(std::string_view text) noexcept;
std::string uuid_text(std::span<const std::uint8_t, 16> bytes);

// An array literal ('{"a","b"}') for a text column that the statement casts to text[]: the way to
// give each row an array of its own, as unnest() flattens arrays of arrays.
std::string text_array_literal(std::span<const std::string_view> elements);

template <class T>
concept is_value =
    std::same_as<T, bool> || std::same_as<T, std::int32_t> || std::same_as<T, std::int64_t> ||
    std::same_as<T, float> || std::same_as<T, std::chrono::milliseconds> ||
    std::same_as<T, std::chrono::sys_days> || std::same_as<T, redemption::time_point> ||
    std::same_as<T, redemption::redemption_id> || std::convertible_to<const T&, std::string_view>;

// Appends values of one type to a buffer. A C++ type that does not fit the type of the column is a
// bug and throws std::logic_error:
//   bool: boolean; int32_t: int4; int64_t, milliseconds: int8; float: float4; sys_days: date;
//   time_point: timestamptz; redemption_id: uuid (a malformed id becomes NULL, which matches no
//   row); text: text, bytea or jsonb (JSON text).
class value_writer {
public:
    explicit value_writer(type of) : type_(of) {}
    type of() const noexcept { return type_; }

    // False: the value is NULL and nothing was appended.
    template <is_value T>
    bool write(std::string& into, const T& value) const {
        if constexpr (std::same_as<T, redemption::redemption_id>) {
            return write_uuid(into, value.view());
        } else if constexpr (std::convertible_to<const T&, std::string_view>) {
            return write_text(into, value);
        } else if constexpr (std::same_as<T, std::chrono::milliseconds>) {
            return write_scalar(into, static_cast<std::int64_t>(value.count()));
        } else {
            return write_scalar(into, value);
        }
    }

private:
    bool write_scalar(std::string& into, bool value) const;
    bool write_scalar(std::string& into, std::int32_t value) const;
    bool write_scalar(std::string& into, std::int64_t value) const;
    bool write_scalar(std::string& into, float value) const;
    bool write_scalar(std::string& into, std::chrono::sys_days value) const;
    bool write_scalar(std::string& into, redemption::time_point value) const;
    bool write_uuid(std::string& into, std::string_view value) const;
    bool write_text(std::string& into, std::string_view value) const;
    void require(type wanted) const;

    type type_;
};

// One array parameter, grown by a value for each operation of a batch. Its memory is kept by
// clear().
class column {
public:
    explicit column(type element);

    template <is_value T>
    void append(const T& value) {
        const std::size_t length_at = begin_element();
        end_element(length_at, writer_.write(bytes_, value));
    }
    template <class Tag>
        requires(!std::same_as<Tag, redemption::redemption_id_tag>)
    void append(const redemption::strong_text<Tag>& value) {
        append(value.view());
    }
    template <class T>
    void append(const std::optional<T>& value) {
        value ? append(*value) : append_null();
    }
    void append_null();
    void clear();

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    type array_type() const { return array_of(writer_.of()); }
    // In binary format; valid until the next append() or clear().
    std::string_view bytes() const;

private:
    std::size_t begin_element();
    void end_element(std::size_t length_at, bool present);

    value_writer writer_;
    std::size_t size_ = 0;
    bool has_nulls_ = false;
    mutable std::string bytes_;  // its header is written by bytes()
};

// The parameters of one call in the order of $1, $2, ... Scalars are copied; a column is referred
// to and must stay unchanged until the call has run.
class parameters {
public:
    // Throws std::logic_error when the value does not fit the type.
    template <is_value T>
    void add(type of, const T& value) {
        const std::size_t begin = scalars_.size();
        const bool present = value_writer(of).write(scalars_, value);
        push(of, nullptr, begin, present);
    }
    template <class Tag>
        requires(!std::same_as<Tag, redemption::redemption_id_tag>)
    void add(type of, const redemption::strong_text<Tag>& value) {
        add(of, value.view());
    }
    template <class T>
    void add(type of, const std::optional<T>& value) {
        value ? add(of, *value) : add_null(of);
    }
    void add_null(type of);
    void add(const column& values);
    void add(column&&) = delete;

    struct view {
        type of = type::text;
        bool is_null = false;
        std::string_view bytes{};
    };
    std::size_t size() const noexcept { return entries_.size(); }
    view at(std::size_t index) const;
    // Bytes of all values: a batch is bounded by them.
    std::size_t total_bytes() const;

private:
    struct entry {
        type of;
        const column* values;  // nullptr: a scalar
        std::size_t begin;
        std::size_t length;
        bool is_null;
    };
    void push(type of, const column* values, std::size_t begin, bool present);

    std::string scalars_;
    std::vector<entry> entries_;
};

}  // namespace gateway::journal::postgres
