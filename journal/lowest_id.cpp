#include "journal/lowest_id.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace gateway::journal {

std::string lowest_id_from(redemption::time_point at) {
    const std::int64_t since = at.time_since_epoch().count();
    const auto ms = static_cast<unsigned long long>(since < 0 ? 0 : since);
    std::array<char, 16> text{};
    std::snprintf(
        text.data(), text.size(), "%08llx-%04llx", (ms >> 16) & 0xffffffffULL, ms & 0xffffULL
    );
    return text.data();
}

}  // namespace gateway::journal
