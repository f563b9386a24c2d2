#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <iostream>

#include "simulator/options.hpp"
#include "simulator/server.hpp"
#include "simulator/settings_reader.hpp"

namespace asio = boost::asio;

namespace {

int run(const simulator::options& chosen) {
    asio::io_context loop(1);
    simulator::server server(loop.get_executor(), simulator::read_settings(chosen.config), chosen);
    asio::signal_set signals(loop, SIGINT, SIGTERM);
    signals.async_wait([&server](const boost::system::error_code& error, int) {
        if (!error) {
            server.stop();
        }
    });
    std::exception_ptr failure;
    const auto listening = [&chosen](std::uint16_t port, bool tls) {
        std::cout << (tls ? "speaking TLS on " : "listening on ") << chosen.address << ":" << port
                  << std::endl;
    };
    asio::co_spawn(loop, server.run(listening), [&](const std::exception_ptr& error) {
        failure = error;
        signals.cancel();
    });
    loop.run();
    if (failure) {
        std::rethrow_exception(failure);
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    int exit_code = 0;
    const auto chosen = simulator::read_options(argc, argv, exit_code);
    if (!chosen) {
        return exit_code;
    }
    try {
        return run(*chosen);
    } catch (const std::exception& error) {
        std::cerr << "platform-simulator: " << error.what() << std::endl;
        return 1;
    }
}
