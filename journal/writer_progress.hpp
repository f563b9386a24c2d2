#pragma once

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/redacted_text.hpp"
#include "journal/delivery.hpp"
#include "journal/managed_journal.hpp"
#include "redemption/probes.hpp"

namespace gateway::journal {

// Why a batch failed.
struct batch_fault {
    redemption::journal_error shown;  // to callers and by /readyz
    base::redacted_text logged;       // may name hosts and users
};

// The loop's view of a journal's writer: the writes that wait, and how the last batch went. Loop
// thread. Results that are delivered after the journal's end find no probe.
class writer_progress {
public:
    explicit writer_progress(redemption::journal_probe& probe) noexcept : probe_(&probe) {}

    void pushed(base::steady_time now) { waiting_since_.push_back(now); }

    // `taken` writes have left the queue, `size` of them are answered now.
    void batch_ended(
        std::size_t size,
        std::size_t taken,
        const std::optional<batch_fault>& fault,
        std::chrono::nanoseconds took
    ) {
        const auto done = static_cast<std::ptrdiff_t>(std::min(taken, waiting_since_.size()));
        waiting_since_.erase(waiting_since_.begin(), waiting_since_.begin() + done);
        fault_ = fault ? std::optional(fault->shown) : std::nullopt;
        if (probe_ == nullptr) {
            return;
        }
        if (fault) {
            probe_->failed(fault->logged);
        } else {
            probe_->committed(size, took);
        }
    }

    // No result reaches the probe any more.
    void close() noexcept { probe_ = nullptr; }

    // How long the oldest write that is not done has waited.
    std::chrono::nanoseconds oldest(base::steady_time now) const {
        return waiting_since_.empty() ? std::chrono::nanoseconds(0) : now - waiting_since_.front();
    }

    // The fault of the last batch, if it failed; `hanging` where a write hangs.
    std::optional<redemption::journal_error> trouble(
        base::steady_time now, const redemption::journal_error& hanging
    ) const {
        return !fault_ && oldest(now) >= hanging_write ? hanging : fault_;
    }

private:
    redemption::journal_probe* probe_;
    std::optional<redemption::journal_error> fault_;
    std::deque<base::steady_time> waiting_since_;  // of each write that is not done
};

// Takes a batch's results to the loop in one post: `progress` hears of the batch, then
// `deliver(job)` is called for each job. The writer's thread.
template <class Job, class Deliver>
void report_batch(
    const boost::asio::any_io_executor& loop,
    std::shared_ptr<writer_progress> progress,
    std::vector<Job> done,
    std::size_t taken,
    std::optional<batch_fault> fault,
    std::chrono::nanoseconds took,
    Deliver deliver
) {
    auto results = std::make_shared<std::vector<Job>>(std::move(done));
    boost::asio::post(
        loop,
        [loop,
         progress = std::move(progress),
         results = std::move(results),
         taken,
         fault = std::move(fault),
         took,
         deliver] {
            progress->batch_ended(results->size(), taken, fault, took);
            deliver_in_turns(loop, results, deliver);
        }
    );
}

}  // namespace gateway::journal
