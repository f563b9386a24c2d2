#pragma once

#include <memory>

#include "config/settings.hpp"
#include "server/app/life_cycle.hpp"
#include "server/observe/log.hpp"

namespace gateway::server {

// The one composition root: owns every long-lived object, built in order of dependence.
class app {
public:
    // Reads keys and binds the listeners; throws std::exception with one sentence if the gateway
    // cannot start. `out` must outlive the app.
    app(const config::settings& settings, log& out);
    ~app();

    // Opens the journal, however long that takes, resumes what is pending, serves until SIGTERM or
    // SIGINT, drains. After any ending but `drained` the journal is closed as far as it is open,
    // and the process must end without destroying the app (std::_Exit).
    ending run();

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace gateway::server
