#pragma once

namespace gateway::server {

// From now on no core dump of this process is written, to a file or to a handler, and no process
// without CAP_SYS_PTRACE reads its memory: it will hold keys and codes. Call before anything secret
// is loaded. False if the system refused.
bool keep_memory_private() noexcept;

}  // namespace gateway::server
