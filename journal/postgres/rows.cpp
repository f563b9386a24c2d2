#include "journal/postgres/rows.hpp"

#include <libpq-fe.h>

#include <bit>
#include <charconv>
#include <limits>

namespace gateway::journal::postgres {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::uint32_t varchar_oid = 1043;
constexpr std::uint32_t name_oid = 19;
constexpr char jsonb_version = 1;
constexpr std::int32_t null_length = -1;

// Takes the fields of a value from the left; nothing where the value is too short.
class field_reader {
public:
    explicit field_reader(std::string_view bytes) : rest_(bytes) {}

    template <class Integer>
    std::optional<Integer> integer() {
        const auto bytes = take(sizeof(Integer));
        if (!bytes) {
            return std::nullopt;
        }
        std::make_unsigned_t<Integer> value = 0;
        for (const char c : *bytes) {
            value = static_cast<decltype(value)>(value << 8U | static_cast<unsigned char>(c));
        }
        return static_cast<Integer>(value);
    }
    std::optional<std::string_view> take(std::size_t length) {
        if (length > rest_.size()) {
            return std::nullopt;
        }
        const auto bytes = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return bytes;
    }
    bool at_end() const noexcept { return rest_.empty(); }

private:
    std::string_view rest_;
};

bool is_text(type of) noexcept {
    const auto oid = static_cast<std::uint32_t>(of);
    return of == type::text || oid == varchar_oid || oid == name_oid;
}

// The number of elements; none when the value is no array of texts in one dimension.
std::optional<std::int32_t> read_array_header(field_reader& from) {
    const auto dimensions = from.integer<std::int32_t>();
    const auto has_nulls = from.integer<std::int32_t>();
    const auto element = from.integer<std::uint32_t>();
    if (!dimensions || !has_nulls || !element || !is_text(type(*element))) {
        return std::nullopt;
    }
    if (*dimensions == 0) {
        return 0;
    }
    const auto length = from.integer<std::int32_t>();
    const auto lower_bound = from.integer<std::int32_t>();
    const bool valid = *dimensions == 1 && length && lower_bound && *length >= 0;
    return valid ? length : std::nullopt;
}

bool read_array(std::string_view bytes, std::vector<std::string>& into) {
    field_reader from(bytes);
    const auto count = read_array_header(from);
    if (!count) {
        return false;
    }
    for (std::int32_t i = 0; i < *count; ++i) {
        const auto length = from.integer<std::int32_t>();
        if (!length || *length <= null_length) {
            return false;
        }
        const auto element = from.take(static_cast<std::size_t>(*length));
        if (!element) {
            return false;
        }
        into.emplace_back(*element);
    }
    return from.at_end();
}

}  // namespace

void rows::closer::operator()(::pg_result* result) const noexcept {
    PQclear(result);
}

std::size_t rows::size() const noexcept {
    return result_ ? static_cast<std::size_t>(PQntuples(result_.get())) : 0;
}

std::size_t rows::columns() const noexcept {
    return result_ ? static_cast<std::size_t>(PQnfields(result_.get())) : 0;
}

std::uint64_t rows::affected() const noexcept {
    const std::string_view digits = result_ ? PQcmdTuples(result_.get()) : "";
    std::uint64_t count = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), count);
    return count;
}

type row_reader::type_of(std::size_t column) const noexcept {
    return type(PQftype(rows_.result_.get(), static_cast<int>(column)));
}

bool row_reader::is_null(std::size_t column) const noexcept {
    return row_ >= rows_.size() || column >= rows_.columns() ||
           PQgetisnull(rows_.result_.get(), static_cast<int>(row_), static_cast<int>(column)) != 0;
}

void row_reader::fail(std::size_t column, base::fixed_text why) {
    if (error_) {
        return;
    }
    error_.emplace();
    error_->kind = error_kind::trouble;
    error_->reason = "column " + base::redacted_text::number(column) + " of a result " + why;
}

std::optional<std::string_view> row_reader::present(std::size_t column) {
    if (row_ >= rows_.size() || column >= rows_.columns()) {
        fail(column, "is missing");
        return std::nullopt;
    }
    if (is_null(column)) {
        fail(column, "is null");
        return std::nullopt;
    }
    const auto* of = rows_.result_.get();
    const int row = static_cast<int>(row_);
    const int at = static_cast<int>(column);
    if (PQfformat(of, at) != 1) {
        fail(column, "is not in binary format");
        return std::nullopt;
    }
    return std::string_view(
        PQgetvalue(of, row, at), static_cast<std::size_t>(PQgetlength(of, row, at))
    );
}

std::optional<std::string_view> row_reader::bytes_of(
    std::size_t column, type wanted, std::size_t length
) {
    const auto bytes = present(column);
    if (!bytes) {
        return std::nullopt;
    }
    if (type_of(column) != wanted) {
        fail(column, "has another type");
        return std::nullopt;
    }
    if (bytes->size() != length) {
        fail(column, "has another length");
        return std::nullopt;
    }
    return bytes;
}

void row_reader::read(std::size_t column, bool& into) {
    if (const auto bytes = bytes_of(column, type::boolean, 1)) {
        into = bytes->front() != 0;
    }
}

void row_reader::read(std::size_t column, std::int32_t& into) {
    if (const auto bytes = bytes_of(column, type::int4, sizeof(into))) {
        into = field_reader(*bytes).integer<std::int32_t>().value_or(0);
    }
}

void row_reader::read(std::size_t column, std::int64_t& into) {
    if (const auto bytes = bytes_of(column, type::int8, sizeof(into))) {
        into = field_reader(*bytes).integer<std::int64_t>().value_or(0);
    }
}

void row_reader::read(std::size_t column, float& into) {
    if (const auto bytes = bytes_of(column, type::float4, sizeof(into))) {
        into = std::bit_cast<float>(field_reader(*bytes).integer<std::uint32_t>().value_or(0));
    }
}

void row_reader::read(std::size_t column, milliseconds& into) {
    into = milliseconds(get<std::int64_t>(column));
}

void row_reader::read(std::size_t column, std::chrono::sys_days& into) {
    constexpr auto range = 100'000'000;  // 'infinity' and what would overflow lie outside
    const auto bytes = bytes_of(column, type::date, sizeof(std::int32_t));
    if (!bytes) {
        return;
    }
    const auto days = field_reader(*bytes).integer<std::int32_t>().value_or(0);
    if (days < -range || days > range) {
        fail(column, "is a date out of range");
        return;
    }
    into = postgres_epoch + std::chrono::days(days);
}

void row_reader::read(std::size_t column, redemption::time_point& into) {
    const auto bytes = bytes_of(column, type::timestamptz, sizeof(std::int64_t));
    if (!bytes) {
        return;
    }
    using limits = std::numeric_limits<std::int64_t>;
    const auto since = field_reader(*bytes).integer<std::int64_t>().value_or(0);
    if (since == limits::min() || since == limits::max()) {
        fail(column, "is an infinite time");
        return;
    }
    into = std::chrono::time_point_cast<milliseconds>(postgres_epoch) +
           std::chrono::floor<milliseconds>(microseconds(since));
}

void row_reader::read(std::size_t column, redemption::redemption_id& into) {
    if (const auto bytes = bytes_of(column, type::uuid, 16)) {
        const auto* first = reinterpret_cast<const std::uint8_t*>(bytes->data());
        into = redemption::redemption_id(uuid_text(std::span<const std::uint8_t, 16>(first, 16)));
    }
}

void row_reader::read(std::size_t column, std::string_view& into) {
    const auto bytes = present(column);
    if (!bytes) {
        return;
    }
    const type of = type_of(column);
    if (is_text(of) || of == type::bytea) {
        into = *bytes;
    } else if (of != type::jsonb) {
        fail(column, "has another type");
    } else if (bytes->empty() || bytes->front() != jsonb_version) {
        fail(column, "has another version of jsonb");
    } else {
        into = bytes->substr(1);
    }
}

void row_reader::read(std::size_t column, std::string& into) {
    into = get<std::string_view>(column);
}

void row_reader::read(std::size_t column, std::vector<std::string>& into) {
    const auto bytes = present(column);
    if (!bytes) {
        return;
    }
    if (type_of(column) != type::text_array || !read_array(*bytes, into)) {
        into.clear();
        fail(column, "is no list of texts");
    }
}

}  // namespace gateway::journal::postgres
