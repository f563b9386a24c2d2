#pragma once

#include <fstream>
#include <iterator>
#include <map>
#include <ostream>

#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/postgres_backend.hpp"
#include "tests/journal/sample_records.hpp"
#include "tests/simulation/simulated_journal.hpp"

// The contract of the port redemption::journal, as tests of every back end: one row each.

namespace gateway::journal::testing {

struct backend {
    const char* name;
    std::unique_ptr<managed_journal> (*open)(
        base::runtime& time, const temporary_folder& folder, redemption::journal_probe& probe
    );
};

inline std::ostream& operator<<(std::ostream& out, const backend& b) {
    return out << b.name;
}

inline std::unique_ptr<managed_journal> open_sqlite_in(
    base::runtime& time, const temporary_folder& folder, redemption::journal_probe& probe
) {
    sqlite_settings settings;
    settings.path = folder.file("journal.db");
    return open_sqlite_journal(time, settings, probe);
}

// The double that the simulation runs on: kinder than a real one it must not be. What it holds
// lives as long as the file that stands for it.
inline std::unique_ptr<managed_journal> open_simulated_in(
    base::runtime& time, const temporary_folder& folder, redemption::journal_probe& probe
) {
    static std::map<std::string, simulation::journal_store> stores;
    static simulation::disk works_at_once;
    const auto path = folder.file("journal.db");
    if (!std::filesystem::exists(path)) {
        stores.erase(path);
        std::ofstream(path).put('x');
    }
    return std::make_unique<simulation::simulated_journal>(
        time, stores[path], works_at_once, probe
    );
}

inline constexpr backend backends[] = {
    {"sqlite", open_sqlite_in}, {"simulated", open_simulated_in}, {"postgres", open_postgres_in}
};

inline std::string backend_name(const ::testing::TestParamInfo<backend>& info) {
    return info.param.name;
}

class journal_contract : public ::testing::TestWithParam<backend> {
protected:
    void SetUp() override { reopen(); }

    void reopen() {
        journal.reset();
        journal = GetParam().open(loop.time(), folder, probe);
    }
    auto accept(
        const redemption::record& r, std::optional<redemption::attempt> first = std::nullopt
    ) {
        return loop.await(journal->accept(r, std::move(first)));
    }
    auto restart(
        const redemption::record& r, std::optional<redemption::attempt> first = std::nullopt
    ) {
        return loop.await(journal->restart(r, std::move(first)));
    }
    // Accepts a wish and brings it to a state.
    redemption::record put(const redemption::record& r, redemption::state state) {
        EXPECT_TRUE(is_accepted(accept(r)));
        if (state != redemption::state::pending) {
            EXPECT_EQ(settle(settlement_to(r.id, state, 5000)), "");
        }
        return r;
    }
    // The reason of a refusal, or empty.
    std::string settle(const redemption::settlement& s) {
        return reason_of(loop.await(journal->settle(s)));
    }
    std::string start(const redemption::redemption_id& id, const redemption::attempt& a) {
        auto outcome = loop.await(journal->start_attempt(id, a));
        EXPECT_TRUE(!outcome || std::holds_alternative<redemption::attempt_started>(*outcome));
        return reason_of(outcome);
    }
    redemption::record find(const redemption::redemption_id& id) {
        auto found = loop.await(journal->find(id));
        EXPECT_EQ(reason_of(found), "");
        if (!found || !*found) {
            ADD_FAILURE() << "not found: " << id.str();
            return {};
        }
        return **found;
    }
    // Everything pending as the next process takes it, in pages.
    std::vector<redemption::record> take_all() {
        reopen();
        std::vector<redemption::record> all;
        for (;;) {
            auto page = loop.await(journal->take(2));
            EXPECT_EQ(reason_of(page), "");
            if (!page || page->empty()) {
                return all;
            }
            EXPECT_LE(page->size(), 2u);
            std::move(page->begin(), page->end(), std::back_inserter(all));
        }
    }
    // The confirmed total, as a refused wish below every total gets it.
    std::int64_t confirmed(const redemption::record& r, const std::string& subject) {
        redemption::record below = wish(++below_all_);
        below.account = r.account;
        below.identity = r.identity;
        below.method = r.method;
        below.totals = {{subject, -1}};
        auto outcome = accept(below);
        const auto* falls =
            outcome ? std::get_if<redemption::total_would_fall>(&*outcome) : nullptr;
        return falls ? falls->confirmed : is_accepted(outcome) ? 0 : -1;
    }

    temporary_folder folder;
    test_loop loop;
    recording_probe probe;
    std::unique_ptr<managed_journal> journal;

private:
    int below_all_ = 999'000;
};

}  // namespace gateway::journal::testing
