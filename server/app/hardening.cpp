#include "server/app/hardening.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace gateway::server {

bool keep_memory_private() noexcept {
    // The limit does not keep a dump from a handler that reads from a pipe; not being dumpable
    // does.
    const rlimit none{0, 0};
    const bool limited = setrlimit(RLIMIT_CORE, &none) == 0;
    const bool hidden = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
    return limited && hidden;
}

}  // namespace gateway::server
