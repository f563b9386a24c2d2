#include "handlers/idempotency_key.hpp"

#include <algorithm>
#include <optional>

namespace gateway::handlers {
namespace {

constexpr std::string_view field_name = "Idempotency-Key";
constexpr std::size_t max_length = 255;

bool is_visible(char c) noexcept {
    return c > 0x20 && c < 0x7F;
}

// The content of a quoted string; `text` begins with its opening quote.
std::optional<std::string> unquoted(std::string_view text) {
    if (text.size() < 2 || text.back() != '"') {
        return std::nullopt;
    }
    const auto inner = text.substr(1, text.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < inner.size(); ++i) {
        if (inner[i] == '"') {
            return std::nullopt;
        }
        if (inner[i] == '\\') {
            ++i;
            if (i == inner.size() || (inner[i] != '"' && inner[i] != '\\')) {
                return std::nullopt;
            }
        }
        out += inner[i];
    }
    return out;
}

}  // namespace

key_reading read_idempotency_key(std::string_view value) {
    std::string key(value);
    if (value.starts_with('"')) {
        auto content = unquoted(value);
        if (!content) {
            return key_fault{
                false, base::redacted_text("Idempotency-Key is not a well-formed quoted string")
            };
        }
        key = std::move(*content);
    }
    if (key.empty() || key.size() > max_length) {
        return key_fault{
            false,
            base::fixed_text("Idempotency-Key must have 1 to 255 characters, has ") +
                base::redacted_text::number(key.size())
        };
    }
    if (!std::all_of(key.begin(), key.end(), is_visible)) {
        return key_fault{
            false, base::redacted_text("Idempotency-Key must be visible ASCII characters only")
        };
    }
    return redemption::idempotency_key(std::move(key));
}

key_reading read_idempotency_key(const net::header_list& headers) {
    const auto value = headers.find(field_name);
    if (!value) {
        return key_fault{
            true,
            base::redacted_text(
                "Send an Idempotency-Key of your own; the same one with every repetition"
            )
        };
    }
    if (headers.count(field_name) > 1) {
        return key_fault{
            false, base::redacted_text("the header Idempotency-Key must be given exactly once")
        };
    }
    return read_idempotency_key(*value);
}

}  // namespace gateway::handlers
