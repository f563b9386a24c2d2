#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace simulator {

struct options {
    std::string config;
    std::string address = "127.0.0.1";
    std::uint16_t api_port = 0;             // 0: the kernel chooses a free port
    std::optional<std::uint16_t> tls_port;  // absent: no TLS
    std::string ledger;                     // empty: the ledger stays in memory
    bool bench = false;
};

// Returns nothing when the program must end now, after help or a printed error, with `exit_code`.
std::optional<options> read_options(int argc, char** argv, int& exit_code);

}  // namespace simulator
