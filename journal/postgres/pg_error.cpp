#include "journal/postgres/pg_error.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "text/presentable_text.hpp"

namespace gateway::journal::postgres {
namespace {

constexpr bool is_one_of(std::string_view state, std::span<const std::string_view> all) noexcept {
    return std::find(all.begin(), all.end(), state) != all.end();
}

constexpr std::array<std::string_view, 3> conflicts{"40001", "40P01", "55P03"};
constexpr std::array<std::string_view, 2> doubts{"40003", "08007"};
// Values out of range, constraints, texts too long for an index or too deep for a parser.
constexpr std::array<std::string_view, 3> data_classes{"22", "23", "54"};
// A row twice in one statement, and a plan whose result has another shape since a migration.
constexpr std::array<std::string_view, 2> data_faults{"21000", "0A000"};

base::fixed_text sentence_of(std::string_view state) noexcept {
    if (state == "25006") {
        return "The database is read-only.";
    }
    if (state == "42501") {
        return "The database refuses the journal's user a permission.";
    }
    if (state == "53100") {
        return "The database's disk is full.";
    }
    if (state == "53300") {
        return "The database takes no more connections.";
    }
    if (state == "3D000" || state == "42P01" || state == "42703") {
        return "The database lacks the journal's tables.";
    }
    if (state == "57P03") {
        return "The database is starting or shutting down.";
    }
    if (state.starts_with("28")) {
        return "The database refuses the journal's user or password.";
    }
    return state.starts_with("57P") ? base::fixed_text("The database ended the session.")
                                    : base::fixed_text("The database reports an error.");
}

}  // namespace

error_kind kind_of(std::string_view sqlstate, bool is_fence) noexcept {
    if (is_fence && sqlstate == "22012") {
        return error_kind::ended;
    }
    if (is_one_of(sqlstate, conflicts)) {
        return error_kind::retry;
    }
    if (is_one_of(sqlstate, doubts)) {
        return error_kind::in_doubt;
    }
    if (is_one_of(sqlstate.substr(0, 2), data_classes) || is_one_of(sqlstate, data_faults)) {
        return error_kind::data;
    }
    return error_kind::trouble;
}

base::redacted_text reason_of(
    std::string_view message, std::string_view sqlstate, std::string_view constraint
) {
    constexpr std::size_t at_most = 300;
    std::string text(sqlstate);
    if (kind_of(sqlstate, false) != error_kind::data) {
        text += text.empty() ? "" : " ";
        text += message;
    } else if (!constraint.empty()) {
        text += " at ";
        text += constraint;
    }
    return base::redacted_text::trusted(text::presentable(text, at_most));
}

base::redacted_text pg_error::shown() const {
    if (is_own) {
        return reason;
    }
    switch (kind) {
        case error_kind::ended:
            return {"Another process took this one's redemptions over."};
        case error_kind::retry:
            return {"The database is busy with the same redemptions."};
        case error_kind::data:
            return {"The database refuses a value of the redemption."};
        case error_kind::lost:
            return {"The database cannot be reached."};
        case error_kind::in_doubt:
            return {"The database did not confirm the last transaction."};
        case error_kind::trouble:
            break;
    }
    return {
        sqlstate.empty() ? base::fixed_text("The database cannot be used.") : sentence_of(sqlstate)
    };
}

}  // namespace gateway::journal::postgres
