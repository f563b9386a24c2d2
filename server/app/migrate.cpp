#include "server/app/migrate.hpp"

#include <boost/asio/io_context.hpp>
#include <ostream>
#include <stdexcept>
#include <utility>

#include "journal/postgres/connection.hpp"
#include "journal/postgres/rights.hpp"
#include "journal/postgres/schema.hpp"
#include "server/app/journal_settings.hpp"

namespace gateway::server {
namespace {

namespace postgres = journal::postgres;

constexpr std::chrono::seconds grant_deadline{10};

template <class T>
T must(postgres::pg_outcome<T> outcome, const std::string& doing) {
    if (!outcome) {
        throw std::runtime_error(doing + ": " + std::string(outcome.error().reason));
    }
    return std::move(*outcome);
}

class migration_run {
public:
    migration_run(
        const config::journal_settings& settings,
        const std::string& conninfo_file,
        std::ostream& out
    )
        : serving_(postgres_settings_of(settings).writer.connect), migrating_(serving_), out_(out) {
        if (!conninfo_file.empty()) {
            migrating_.conninfo_file = conninfo_file;
        }
    }

    void run() {
        auto on = must(
            postgres::connection::open(migrating_, time_), "the user that migrates can't connect"
        );
        bring_up_to_date(on);
        if (migrating_.conninfo_file != serving_.conninfo_file) {
            grant(on);
        }
        check_serving();
    }

private:
    void bring_up_to_date(postgres::connection& on) {
        const auto before = must(postgres::read_schema(on), "the schema can't be read");
        const auto all = postgres::migrations();
        const int newest = all.back().number;
        if (before.works_from > newest) {
            throw std::runtime_error(
                "the tables are of schema " + std::to_string(before.version) +
                " and need a newer version of the gateway, this one knows up to " +
                std::to_string(newest)
            );
        }
        const auto after =
            must(postgres::bring_up_to_date(on, all), "the tables can't be brought up to date");
        if (after.version == before.version) {
            out_ << "journal: the tables are of schema " << after.version << " already\n";
        } else {
            out_ << "journal: the tables were of schema " << before.version << " and are of schema "
                 << after.version << '\n';
        }
    }

    void grant(postgres::connection& on) {
        const auto owner = must(postgres::read_user(on), "the user that migrates can't be read");
        auto served =
            must(postgres::connection::open(serving_, time_), "the configured user can't connect");
        const auto user = must(postgres::read_user(served), "the configured user can't be read");
        if (user.role == owner.role) {
            return;
        }
        for (const auto& statement : postgres::grants_to(user.role, owner.schema)) {
            static_cast<void>(must(on.run_script(statement, grant_deadline), statement));
            out_ << "journal: " << statement << '\n';
        }
    }

    void check_serving() {
        auto on =
            must(postgres::connection::open(serving_, time_), "the configured user can't connect");
        const auto user = must(postgres::read_user(on), "the configured user can't be read");
        const auto missing = must(postgres::missing_rights(on), "its rights can't be read");
        if (!missing.empty()) {
            throw std::runtime_error(
                "the user " + user.role + " can't serve the tables: it lacks " + missing.front() +
                (missing.size() > 1 ? ", and more" : "")
            );
        }
        out_ << "journal: the user " << user.role << " may serve the tables"
             << (user.may_create ? ", and create some\n" : ", and create none\n");
    }

    const postgres::connection_settings serving_;
    postgres::connection_settings migrating_;
    std::ostream& out_;
    boost::asio::io_context loop_;
    base::system_runtime time_{loop_.get_executor()};
};

}  // namespace

bool migrate_journal(
    const config::journal_settings& settings, const std::string& conninfo_file, std::ostream& out
) {
    try {
        if (!settings.postgres) {
            throw std::runtime_error(
                "only a journal in PostgreSQL is migrated by a command; one in SQLite is by the "
                "gateway's start"
            );
        }
        migration_run(settings, conninfo_file, out).run();
        return true;
    } catch (const std::exception& fault) {
        out << "journal: FAULT " << fault.what() << '\n';
        return false;
    }
}

}  // namespace gateway::server
