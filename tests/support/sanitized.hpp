#pragma once

namespace gateway::support {

// Whether a sanitizer watches this build: memory and pace are then not the program's own.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace gateway::support
