#include "server/observe/build_info.hpp"

namespace gateway::server {

build_info this_build() noexcept {
    return {GATEWAY_VERSION, GATEWAY_COMMIT, __VERSION__};
}

}  // namespace gateway::server
