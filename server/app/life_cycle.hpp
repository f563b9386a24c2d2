#pragma once

namespace gateway::server {

// How far the process is. It goes forward only.
enum class life_state { starting, waiting_for_journal, serving, draining, stopped };

enum class life_event {
    journal_delayed,  // its opening failed, or takes longer than usual
    journal_ready,    // it is open, and what it holds as pending is at work again
    stop_requested,   // SIGTERM or SIGINT
    stop_finished     // the drain is over, or was cut short
};

// The state after `event`; the same where the event means nothing.
life_state next_state(life_state now, life_event event) noexcept;

enum class ending {
    drained,        // everything in flight ended in time
    cut_short,      // drain_timeout passed, or a second signal came: coroutines are still alive
    journal_hangs,  // the journal's disk does not answer: its thread is still alive, too
    not_begun       // the journal was still being opened, which goes on; nothing was at work
};

// The ending of a drain that began in `before`.
ending ending_of(life_state before, bool work_finished, bool background_ended) noexcept;

// The state of one process. Loop thread only.
class life_cycle {
public:
    life_state state() const noexcept { return state_; }
    bool serving() const noexcept { return state_ == life_state::serving; }
    bool stopping() const noexcept { return state_ >= life_state::draining; }
    // True if the event changed the state.
    bool apply(life_event event) noexcept;

private:
    life_state state_ = life_state::starting;
};

}  // namespace gateway::server
