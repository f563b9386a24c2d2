#include "simulator/options.hpp"

#include <CLI/CLI.hpp>

namespace simulator {

std::optional<options> read_options(int argc, char** argv, int& exit_code) {
    options chosen;
    CLI::App app{
        "Behaves as Taobao TOP (/router/rest) and Alipay (/gateway.do) do, strictly. For tests "
        "only."
    };
    app.add_option("--config", chosen.config, "applications, keys and orders (YAML)")
        ->required()
        ->check(CLI::ExistingFile);
    app.add_option("--address", chosen.address, "address to listen on")->capture_default_str();
    app.add_option("--api-port", chosen.api_port, "port to listen on, 0 for any")
        ->capture_default_str();
    app.add_option("--tls-port", chosen.tls_port, "port to speak TLS on as well, 0 for any");
    app.add_option("--ledger", chosen.ledger, "keep what was executed in this file");
    app.add_flag(
        "--bench", chosen.bench, "check and execute nothing, answer with prepared successes"
    );
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        exit_code = app.exit(error);
        return std::nullopt;
    }
    return chosen;
}

}  // namespace simulator
