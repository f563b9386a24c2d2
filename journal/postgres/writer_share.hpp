#pragma once

#include <utility>

#include "journal/postgres/writer.hpp"

namespace gateway::journal::postgres {

// The first of the waiting jobs, up to one that would not fit or that is for itself; those that
// must see what another one has done stay for the next share.
struct writer::share {
    // Waiting jobs that are looked at.
    static constexpr std::size_t max_seen = 512;

    share(const journal_keys& keys, jobs& waiting) : batch(keys) {
        jobs left;
        bool closed = false;
        std::size_t seen = 0;
        for (auto& one : waiting) {
            closed = closed || ++seen > max_seen;
            closed = closed || (std::holds_alternative<other_job>(*one) && !own.empty());
            const auto place = closed ? write_batch::place::full : batch.add(*one);
            const bool takes =
                place == write_batch::place::added || place == write_batch::place::alone;
            closed = closed || place == write_batch::place::full ||
                     std::holds_alternative<other_job>(*one);
            (takes ? own : left).push_back(std::move(one));
        }
        waiting = std::move(left);
    }

    write_batch batch;
    jobs own;
};

}  // namespace gateway::journal::postgres
