#pragma once

#include <string_view>

namespace gateway::server {

// The running build, for --version, /version and the build info metric.
struct build_info {
    std::string_view version;
    std::string_view commit;
    std::string_view compiler;
};

build_info this_build() noexcept;

}  // namespace gateway::server
