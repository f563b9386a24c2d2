#pragma once

namespace gateway::support {

// Whether this build has a sanitizer, which changes memory use and speed.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace gateway::support
