// The rules for the answers that callers get.
#include "tests/simulation/oracle.hpp"

namespace gateway::simulation {

using namespace redemption;

namespace {

std::string text(state s) {
    return std::string(to_string(s));
}

}  // namespace

void oracle::on_snapshot(tracked_key& of, const wish& asked, const record& answer) {
    of.answered_not_taken = false;
    if (of.forgotten) {
        return;
    }
    const auto* const row = row_of(of);
    if (row == nullptr) {
        scenario_.broke(
            "a caller was answered of a redemption that is not durable: ", of.key.str()
        );
        return;
    }
    if (answer.id != row->id || (of.id && *of.id != row->id)) {
        scenario_.broke("a caller was answered another id", about(of));
    }
    of.id = row->id;
    if (row->body != asked.body) {
        scenario_.broke("a caller was answered of another body's redemption", about(of));
        return;
    }
    check_state(of, *row, answer);
}

void oracle::on_look_up(tracked_key& of, const record& answer) {
    const auto* const row = row_of(of);
    if (row == nullptr || answer.id != row->id || answer.body != row->body) {
        scenario_.broke("a look-up shows another redemption", about(of));
        return;
    }
    // The state may be older than the journal's by the time that the answer took.
    if (answer.state == row->state) {
        check_state(of, *row, answer);
    }
}

void oracle::check_state(tracked_key& of, const record& row, const record& answer) {
    const auto& ledger = *wish_of(row);
    const auto said = answer.state;
    // Another process may follow it, and learn of its end a moment later; or have ended it as
    // failed, or read that it is unknown, and hear of that when it is not so any more.
    const bool meanwhile = (said == state::failed || said == state::unknown) && row.state != said;
    const bool later = scenario_.shared() && (said == state::pending || meanwhile);
    if (of.final_state && *of.final_state != said && !later) {
        scenario_.broke("answered ", text(*of.final_state), " and then ", text(said), about(of));
    }
    if (said == state::succeeded || said == state::rejected) {
        if (row.state != said) {
            scenario_.broke("answered ", text(said), ", which is not durable", about(of));
        }
        if (of.final_state && of.final_result != answer.result) {
            scenario_.broke("answered with two results", about(of));
        }
        of.final_state = said;
        of.final_result = answer.result;
    }
    if (of.relaxed) {
        return;
    }
    if (said == state::succeeded && ledger.effects == 0) {
        scenario_.broke("answered succeeded and not executed", about(of));
    }
    if (said == state::rejected && ledger.effects > 0) {
        scenario_.broke("answered rejected and executed", about(of));
    }
    if (said == state::failed && row.state == state::failed && ledger.effects > 0) {
        scenario_.broke("answered failed and executed", about(of));
    }
    if (said == state::unknown && row.state == state::unknown &&
        (!row.error || row.error->detail.empty())) {
        scenario_.broke("unknown without a reason", about(of));
    }
}

// It is said only while nobody knows.
void oracle::on_acceptance_pending(tracked_key& of, bool known) {
    scenario_.reached.count(seen::acceptance_pending);
    of.maybe_taken = true;
    if (known && !of.operated_on && !scenario_.shared()) {
        scenario_.broke("answered that it may not be taken that was known to be", about(of));
    }
}

void oracle::on_key_reused(const tracked_key& of, const wish& asked) {
    const auto* const row = row_of(of);
    if (row != nullptr && row->body == asked.body) {
        scenario_.broke("answered that its own body is another's", about(of));
    }
}

void oracle::on_natural_key_in_use(
    const tracked_key& of, const wish& asked, const redemption_id& by
) {
    scenario_.reached.count(seen::natural_key_in_use);
    const auto* const holder = scenario_.store.row(by);
    if (holder != nullptr && (holder->natural != asked.natural || holder->key == of.key)) {
        scenario_.broke("answered with a natural key that is not in use", about(of));
    }
}

void oracle::on_total_falls(const wish& asked, std::int64_t confirmed) {
    scenario_.reached.count(seen::total_would_fall);
    if (confirmed <= asked.total) {
        scenario_.broke("answered that a total would fall that rises");
    }
}

}  // namespace gateway::simulation
