// The calls of the port.
#include "tests/simulation/simulated_journal_work.hpp"

namespace gateway::simulation {

asio::awaitable<journal_result<accept_outcome>> simulated_journal::accept(
    const record& wish, std::optional<attempt> first
) {
    return write<accept_outcome>(accepting(
        [wish, first = std::move(first)](journal_store& to) { return to.accept(wish, first); }, wish
    ));
}

asio::awaitable<journal_result<accept_outcome>> simulated_journal::restart(
    const record& wish, std::optional<attempt> first
) {
    return write<accept_outcome>(accepting(
        [wish, first = std::move(first)](journal_store& to) { return to.restart(wish, first); },
        wish
    ));
}

asio::awaitable<journal_result<start_outcome>> simulated_journal::start_attempt(
    const redemption_id& id, const attempt& started
) {
    disk_.start_asked(id);
    return write<start_outcome>(
        starting([id, started](journal_store& to) { return to.start_attempt(id, started); }, id)
    );
}

asio::awaitable<journal_result<settle_outcome>> simulated_journal::settle(const settlement& what) {
    disk_.settle_asked(what.id);
    return write<settle_outcome>(settling(
        [what](journal_store& to) -> journal_result<settle_outcome> { return to.settle(what); },
        what.id
    ));
}

asio::awaitable<journal_result<late_answer>> simulated_journal::tell_late(const settlement& what) {
    if (is_shared()) {
        return write<late_answer>(telling_late{what});
    }
    return single_process_journal::tell_late(what);
}

asio::awaitable<journal_result<void>> simulated_journal::give_back(std::vector<redemption_id> which
) {
    if (!is_shared()) {
        return single_process_journal::give_back(std::move(which));
    }
    return write<void>(silent_work{[which = std::move(which)](journal_store& to) {
        to.give_back(which);
        return journal_result<void>();
    }});
}

asio::awaitable<journal_result<bool>> simulated_journal::leave_word(
    const redemption_id& id, const operator_resolution& word
) {
    if (!is_shared()) {
        return single_process_journal::leave_word(id, word);
    }
    return write<bool>(silent_work{[this, id, word](journal_store& to) {
        const bool left = to.leave_word(id, word);
        if (left) {
            disk_.word_left();
        }
        return journal_result<bool>(left);
    }});
}

asio::awaitable<journal_result<observation>> simulated_journal::look(
    std::vector<redemption_id> watched, std::vector<redemption_id> waiting
) {
    if (!is_shared()) {
        return single_process_journal::look(std::move(watched), std::move(waiting));
    }
    return read<observation>(
        [this, watched = std::move(watched), waiting = std::move(waiting)](journal_store& from) {
            auto seen = from.look(watched, waiting);
            disk_.turns_seen(seen.ended.size(), seen.turns.size());
            return seen;
        }
    );
}

fellowship& simulated_journal::fellows() {
    return fellows_ ? *fellows_ : single_process_journal::fellows();
}

asio::awaitable<journal_result<decide_outcome>> simulated_journal::decide(
    const settlement& what, time_point seen
) {
    disk_.settle_asked(what.id);
    return write<decide_outcome>(
        settling([what, seen](journal_store& to) { return to.decide(what, seen); }, what.id)
    );
}

asio::awaitable<journal_result<std::optional<record>>> simulated_journal::find(
    const redemption_id& id
) {
    return read<std::optional<record>>([id](journal_store& from) { return from.find(id); });
}

asio::awaitable<journal_result<std::optional<record>>> simulated_journal::find_by_key(
    const caller_name& caller, const idempotency_key& key
) {
    return read<std::optional<record>>([caller, key](journal_store& from) {
        return from.find_by_key(caller, key);
    });
}

asio::awaitable<journal_result<std::vector<record>>> simulated_journal::list(
    const list_filter& filter
) {
    return read<std::vector<record>>([filter](journal_store& from) { return from.list(filter); });
}

asio::awaitable<journal_result<std::vector<record>>> simulated_journal::take(std::size_t at_most) {
    if (is_shared()) {
        return write<std::vector<record>>(taking{at_most});
    }
    return read<std::vector<record>>([this, at_most](journal_store& from) {
        return from.load_pending(takes_, at_most);
    });
}

asio::awaitable<journal_result<std::vector<recorded_ban>>> simulated_journal::load_bans() {
    return read<std::vector<recorded_ban>>([](journal_store& from) { return from.load_bans(); });
}

asio::awaitable<journal_result<void>> simulated_journal::lift_bans(
    const platform_identity& identity, const std::optional<method_name>& method
) {
    return write<void>(silent_work{[identity, method](journal_store& to) {
        to.lift_bans(identity, method);
        return journal_result<void>();
    }});
}

asio::awaitable<journal_result<std::uint64_t>> simulated_journal::count_unknown() {
    return read<std::uint64_t>([](journal_store& from) { return from.count_unknown(); });
}

asio::awaitable<journal_result<std::optional<time_point>>> simulated_journal::newest_change() {
    return read<std::optional<time_point>>([](journal_store& from) { return from.newest_change(); }
    );
}

asio::awaitable<journal_result<std::vector<unconfigured_name>>>
simulated_journal::find_unconfigured(const configured_names& configured) {
    return read<std::vector<unconfigured_name>>([configured](journal_store& from) {
        return from.find_unconfigured(configured);
    });
}

asio::awaitable<journal_result<std::vector<account_identity>>> simulated_journal::account_names() {
    return read<std::vector<account_identity>>([](journal_store& from) {
        return from.account_names();
    });
}

asio::awaitable<journal_result<void>> simulated_journal::adopt(const account_identity& known) {
    return write<void>(adopting{known});
}

asio::awaitable<journal_result<void>> simulated_journal::probe() {
    return write<void>(probing());
}

asio::awaitable<journal_result<std::size_t>> simulated_journal::remove_final_before(
    time_point before, std::size_t at_most
) {
    return write<std::size_t>(silent_work{[before, at_most](journal_store& to) {
        return journal_result<std::size_t>(to.remove_final_before(before, at_most));
    }});
}

}  // namespace gateway::simulation
