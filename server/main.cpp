#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "config/settings_reader.hpp"
#include "config/settings_reference.hpp"
#include "server/app/app.hpp"
#include "server/app/check.hpp"
#include "server/app/connection_quota.hpp"
#include "server/app/file_modes.hpp"
#include "server/app/hardening.hpp"
#include "server/app/journal.hpp"
#include "server/app/methods.hpp"
#include "server/app/migrate.hpp"
#include "server/app/move.hpp"
#include "server/app/process_setup.hpp"
#include "server/observe/build_info.hpp"
#include "server/observe/process_usage.hpp"
#include "server/observe/series_table.hpp"

namespace {

namespace config = gateway::config;
namespace server = gateway::server;

constexpr int exit_failed = 1;         // could not start, or did not end in order
constexpr int exit_journal_hangs = 3;  // ended in time, but the journal's disk does not answer
constexpr int exit_configuration = 2;  // the command line or the file is wrong
constexpr std::chrono::seconds log_flush_timeout{2};

std::string version_text() {
    const auto build = server::this_build();
    return "redemption-gateway " + std::string(build.version) + " (" + std::string(build.commit) +
           ", " + std::string(build.compiler) + ")";
}

// The settings, or nothing after every fault has been printed.
std::optional<config::accepted_settings> read_settings(const std::string& file) {
    auto reading = config::read_settings_file(file, server::all_method_names());
    if (const auto* faults = std::get_if<std::vector<config::fault>>(&reading)) {
        for (const auto& fault : *faults) {
            std::cerr << fault.text() << '\n';
        }
        return std::nullopt;
    }
    return std::move(std::get<config::accepted_settings>(reading));
}

int check(const config::accepted_settings& accepted) {
    for (const auto& warning : accepted.warnings) {
        std::cout << "warning: " << warning.text() << '\n';
    }
    for (const auto& file : server::files_open_to_others(accepted.settings)) {
        std::cout << "warning: " << file << '\n';
    }
    return server::check_config(accepted.settings, std::cout) ? EXIT_SUCCESS : exit_configuration;
}

void prepare_files(const config::settings& settings, server::log& log) {
    server::raise_file_limit();
    const auto files = server::file_limit();
    const auto fits = server::connection_quotas(settings, files).api;
    if (fits < settings.server.max_connections) {
        log.warn(
            "few_files",
            {{"why", "max_connections is more than the process may open files for"},
             {"files", static_cast<std::int64_t>(files)},
             {"connections", static_cast<std::int64_t>(fits)}}
        );
    }
}

int exit_code(server::ending end) {
    switch (end) {
        case server::ending::drained:
        case server::ending::not_begun:
            return EXIT_SUCCESS;
        case server::ending::journal_hangs:
            return exit_journal_hangs;
        case server::ending::cut_short:
            return exit_failed;
    }
    return exit_failed;
}

// Serves until a signal stops it.
int serve(const config::accepted_settings& accepted, server::log& log) {
    for (const auto& warning : accepted.warnings) {
        log.warn("configuration", {{"why", gateway::base::redacted_text::trusted(warning.text())}});
    }
    if (!server::keep_memory_private()) {
        log.warn("core_dumps", {{"why", "the system refused to rule them out"}});
    }
    for (const auto& file : server::files_open_to_others(accepted.settings)) {
        log.warn("file_open_to_others", {{"why", gateway::base::redacted_text::trusted(file)}});
    }
    prepare_files(accepted.settings, log);
    try {
        server::app app(accepted.settings, log);
        server::listen_to_signals();
        const auto end = app.run();
        if (end == server::ending::drained || end == server::ending::not_begun) {
            log.info("stopped", {});
        }
        if (end != server::ending::drained) {
            // Coroutines are still suspended in objects that would go first.
            log.flush(log_flush_timeout);
            std::_Exit(exit_code(end));
        }
        return EXIT_SUCCESS;
    } catch (const std::exception& e) {
        log.write(
            config::log_level::error,
            "cannot_start",
            {{"why", gateway::base::redacted_text::trusted(e.what())}}
        );
        return exit_failed;
    }
}

int run(const config::accepted_settings& accepted) {
    server::log log(accepted.settings.log, std::cerr);
    const int result = serve(accepted, log);
    if (!log.flush(log_flush_timeout)) {
        // The writing thread is stuck in a pipe that is not read, and would keep the process for
        // ever.
        std::_Exit(result);
    }
    return result;
}

// The command line. Without a command the gateway serves.
struct command_line {
    std::string file;
    bool check = false;
    bool seal = false;
    bool migrate = false;
    bool move = false;
    std::string migrating_conninfo;
    std::string move_from;
    std::string move_to = "config";

    bool serves() const { return !check && !seal && !migrate && !move; }
};

void add_journal_commands(CLI::App& to, command_line& asked) {
    to.add_flag(
        "--seal-journal",
        asked.seal,
        "encrypt what the journal holds in clear from before it had a key, and end; no gateway may "
        "have a journal in SQLite open"
    );
    auto* migrate = to.add_flag(
        "--migrate",
        asked.migrate,
        "bring the tables of a journal in PostgreSQL up to date, let the configured user serve "
        "them, and end"
    );
    to.add_option(
          "--conninfo-file",
          asked.migrating_conninfo,
          "for --migrate: the connection string of a user that may create tables, in place of the "
          "configured one"
    )
        ->needs(migrate);
    auto* move = to.add_flag(
        "--move-journal",
        asked.move,
        "copy a journal in SQLite into the configured one in PostgreSQL, compare both, and end; no "
        "gateway may serve either"
    );
    auto* from = to.add_option("--from", asked.move_from, "for --move-journal: the SQLite file");
    from->needs(move);
    move->needs(from);
    to.add_option("--to", asked.move_to, "for --move-journal: config, the configured journal")
        ->needs(move)
        ->check(CLI::IsMember({"config"}));
}

// One command at a time: a second one that is given beside it would seem to be done.
void make_exclusive(CLI::App& of, const std::vector<std::string>& commands) {
    for (auto one = commands.begin(); one != commands.end(); ++one) {
        for (auto other = one + 1; other != commands.end(); ++other) {
            of.get_option(*one)->excludes(of.get_option(*other));
        }
    }
}

void add_references(CLI::App& to) {
    to.add_flag_callback(
        "--config-reference",
        [] {
            std::cout << config::settings_reference();
            throw CLI::Success();
        },
        "print every configuration key as Markdown and end"
    );
    to.add_flag_callback(
        "--metrics-reference",
        [] {
            std::cout << server::metrics_reference();
            throw CLI::Success();
        },
        "print every metric as Markdown and end"
    );
}

int run(const command_line& asked, const config::accepted_settings& accepted) {
    const auto& settings = accepted.settings;
    const auto status = [](bool done) {
        return done ? EXIT_SUCCESS : exit_failed;
    };
    if (asked.check) {
        return check(accepted);
    }
    if (asked.seal) {
        return status(server::seal_journal(settings.journal, std::cout));
    }
    if (asked.migrate) {
        return status(server::migrate_journal(settings.journal, asked.migrating_conninfo, std::cout)
        );
    }
    return asked.move ? status(server::move_journal(settings, asked.move_from, std::cout))
                      : run(accepted);
}

}  // namespace

int main(int argc, char** argv) {
    server::guard_standard_streams();
    server::keep_memory_private();  // a failure is logged in serve()
    CLI::App command("Redeems vouchers and tickets at Alipay and Taobao behind one REST API.");
    command_line asked;
    command.add_option("--config", asked.file, "the configuration, a YAML file")->required();
    command.add_flag(
        "--check-config", asked.check, "read it, prove every key, print what was found"
    );
    add_journal_commands(command, asked);
    make_exclusive(command, {"--check-config", "--seal-journal", "--migrate", "--move-journal"});
    add_references(command);
    command.set_version_flag("--version", version_text());
    try {
        command.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return command.exit(e) == 0 ? EXIT_SUCCESS : exit_configuration;
    }
    if (asked.serves()) {
        server::hold_signals();
    }
    const auto accepted = read_settings(asked.file);
    return accepted ? run(asked, *accepted) : exit_configuration;
}
