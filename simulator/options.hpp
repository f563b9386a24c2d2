#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace simulator {

struct options {
    std::string config;
    std::string address = "127.0.0.1";
    std::uint16_t api_port = 0;             // 0: the kernel chooses
    std::optional<std::uint16_t> tls_port;  // absent: no TLS
    std::string ledger;                     // empty: kept in memory
    bool bench = false;
};

// Nothing when the program is to end now (help, or a fault that was printed); `exit_code` says how.
std::optional<options> read_options(int argc, char** argv, int& exit_code);

}  // namespace simulator
