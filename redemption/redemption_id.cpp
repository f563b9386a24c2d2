#include "redemption/redemption_id.hpp"

#include <ratio>
#include "text/hex.hpp"

namespace gateway::redemption {

redemption_id new_redemption_id(std::chrono::system_clock::time_point now, std::uint64_t random) {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    using std::chrono::nanoseconds;
    const auto since = now.time_since_epoch();
    const auto ms = duration_cast<milliseconds>(since);
    const auto below = duration_cast<nanoseconds>(since - ms).count();
    // RFC 9562 §6.2 method 3: the 12 bits after the version hold the fraction of the millisecond.
    const auto fraction = static_cast<std::uint64_t>(below) * 4096U / 1'000'000U;

    std::string id;
    id.reserve(36);
    const auto stamp = static_cast<std::uint64_t>(ms.count());
    text::append_hex(id, stamp >> 16U, 8);
    id += '-';
    text::append_hex(id, stamp & 0xFFFFU, 4);
    id += '-';
    text::append_hex(id, 0x7000U | fraction, 4);
    id += '-';
    text::append_hex(id, 0x8000U | ((random >> 48U) & 0x3FFFU), 4);
    id += '-';
    text::append_hex(id, random & 0xFFFF'FFFF'FFFFU, 12);
    return redemption_id(std::move(id));
}

}  // namespace gateway::redemption
