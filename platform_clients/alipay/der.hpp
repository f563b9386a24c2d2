#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gateway::alipay {

constexpr std::uint8_t der_integer = 0x02;
constexpr std::uint8_t der_oid = 0x06;
constexpr std::uint8_t der_sequence = 0x30;
constexpr std::uint8_t der_set = 0x31;

// One tag-length-value of X.690 DER; views into what the reader was given.
struct der_element {
    std::uint8_t tag = 0;
    std::string_view content;
    std::string_view whole;
};

// Walks the elements that stand side by side. Definite lengths and one-byte tags only, as in keys
// and certificates.
class der_reader {
public:
    explicit der_reader(std::string_view der) : rest_(der) {}
    // The next element, or nothing at the end or where the bytes aren't DER.
    std::optional<der_element> next();
    // The same if it has this tag.
    std::optional<der_element> next(std::uint8_t tag);
    bool at_end() const noexcept { return rest_.empty(); }

private:
    std::string_view rest_;
};

}  // namespace gateway::alipay
