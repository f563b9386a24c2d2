#pragma once

namespace gateway::server {

// From now on no core dump of this process is written, to a file or to a handler, and no process
// without CAP_SYS_PTRACE reads its memory, which will hold keys and codes. Called before secrets
// are loaded. False if the system refused.
bool keep_memory_private() noexcept;

}  // namespace gateway::server
