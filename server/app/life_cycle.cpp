#include "server/app/life_cycle.hpp"

#include <utility>

namespace gateway::server {

life_state next_state(life_state now, life_event event) noexcept {
    using enum life_state;
    const bool journal_awaited = now == starting || now == waiting_for_journal;
    switch (event) {
        case life_event::journal_delayed:
            return now == starting ? waiting_for_journal : now;
        case life_event::journal_ready:
            return journal_awaited ? serving : now;
        case life_event::stop_requested:
            return now < draining ? draining : now;
        case life_event::stop_finished:
            return now == draining ? stopped : now;
    }
    return now;
}

ending ending_of(life_state before, bool work_finished, bool background_ended) noexcept {
    if (work_finished && background_ended) {
        return ending::drained;
    }
    // Only the opening, which cannot be interrupted, is still at work.
    const bool served = before == life_state::serving;
    return work_finished && !served ? ending::not_begun : ending::cut_short;
}

bool life_cycle::apply(life_event event) noexcept {
    const auto before = std::exchange(state_, next_state(state_, event));
    return before != state_;
}

}  // namespace gateway::server
