#include <cstdint>
#include <ratio>

#include "redemption/service.hpp"

namespace gateway::redemption {
namespace {

void append_hex(std::string& out, std::uint64_t value, int digits) {
    constexpr char hex[] = "0123456789abcdef";
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
        out += hex[(value >> shift) & 0xFU];
    }
}

}  // namespace

redemption_id new_redemption_id(std::chrono::system_clock::time_point now, std::uint64_t random) {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    using std::chrono::nanoseconds;
    const auto since = now.time_since_epoch();
    const auto ms = duration_cast<milliseconds>(since);
    const auto below = duration_cast<nanoseconds>(since - ms).count();
    // RFC 9562 §6.2 method 3: the 12 bits after the version hold the fraction of the millisecond.
    const auto fraction = static_cast<std::uint64_t>(below) * 4096U / 1'000'000U;

    std::string text;
    text.reserve(36);
    const auto stamp = static_cast<std::uint64_t>(ms.count());
    append_hex(text, stamp >> 16U, 8);
    text += '-';
    append_hex(text, stamp & 0xFFFFU, 4);
    text += '-';
    append_hex(text, 0x7000U | fraction, 4);
    text += '-';
    append_hex(text, 0x8000U | ((random >> 48U) & 0x3FFFU), 4);
    text += '-';
    append_hex(text, random & 0xFFFF'FFFF'FFFFU, 12);
    return redemption_id(std::move(text));
}

}  // namespace gateway::redemption
