#pragma once

#include <memory>

#include "tests/journal/journal_fixture.hpp"

namespace gateway::journal::testing {

// The journal of a database that stands for the folder's file: removing "journal.db" there makes
// the next opening find an empty one.
std::unique_ptr<managed_journal> open_postgres_in(
    base::runtime& time, const temporary_folder& folder, redemption::journal_probe& probe
);

}  // namespace gateway::journal::testing
