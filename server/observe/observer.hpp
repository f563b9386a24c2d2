#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/probes.hpp"
#include "redemption/journal_losses.hpp"
#include "redemption/probes.hpp"
#include "redemption/replica_standing.hpp"
#include "server/http/http_probe.hpp"
#include "server/http/router.hpp"
#include "server/observe/log.hpp"

namespace gateway::server {

// What the log and --seal-journal say of a journal without a log beside it.
inline constexpr base::fixed_text missing_log_why(
    "there is no log (-wal) beside the journal: unless its last process ended in order, the newest "
    "commits are lost, and what they held may be executed again"
);
inline constexpr base::fixed_text missing_log_do(
    "after a crash stop callers and gateway, and treat the journal as an old copy (operations.md, "
    "Backup and restore); never put a -wal back that turns up later. Nothing, if this is a copy that "
    "was restored, or if sqlite3 or an earlier version closed the file last"
);

// Turns probe calls into Prometheus series and log lines. Labels are enums, configured names and
// route patterns only; no line holds a parameter's value. Loop thread only.
class observer final : public redemption::core_probe,
                       public redemption::journal_probe,
                       public http_probe,
                       public net::resolver_probe {
public:
    // `out` must outlive the observer.
    explicit observer(log& out);
    ~observer() override;

    void redemption_state(
        const redemption::record& what,
        std::optional<redemption::state> before,
        std::chrono::nanoseconds age
    ) override;
    void operator_acted(const redemption::record& what, const redemption::history_entry& action)
        override;
    void attempt_finished(
        const redemption::record& what,
        const redemption::attempt& which,
        const redemption::attempt_outcome& outcome,
        std::chrono::nanoseconds took
    ) override;
    void account_paused(const redemption::account_name& account, const base::redacted_text& why)
        override;
    void account_resumed(const redemption::account_name& account) override;
    void method_paused(
        const redemption::account_name& account,
        const redemption::method_name& method,
        const base::redacted_text& why
    ) override;
    void method_resumed(
        const redemption::account_name& account, const redemption::method_name& method
    ) override;
    void account_tried(
        const redemption::account_name& account,
        const std::optional<redemption::method_name>& method,
        std::string_view who
    ) override;
    void breaker_opened(
        const redemption::account_name& account,
        std::uint32_t faults,
        const base::redacted_text& last_fault
    ) override;
    void breaker_closed(const redemption::account_name& account) override;
    void turned_away(const redemption::account_name& account, base::fixed_text reason) override;
    void journal_trouble(const redemption::record& what, const base::redacted_text& reason)
        override;
    void resolution_contradicted(const redemption::record& what, const redemption::attempt& which)
        override;
    void redemptions_orphaned(const redemption::account_name& account, std::size_t pending)
        override;

    void committed(std::size_t operations, std::chrono::nanoseconds took) override;
    void failed(const base::redacted_text& reason) override;
    void unreadable(std::size_t redemptions, const base::redacted_text& why) override;

    void connection_opened(base::fixed_text listener) override;
    void connection_closed(base::fixed_text listener) override;
    void connection_refused(base::fixed_text listener) override;
    void connection_evicted(base::fixed_text listener) override;
    void handshake_failed(base::fixed_text listener, const base::redacted_text& why) override;
    void shed(base::fixed_text listener, base::fixed_text reason) override;
    void accept_failed(base::fixed_text listener, const base::redacted_text& why) override;
    void answered(const exchange_facts& facts) override;
    void handler_failed(base::fixed_text route, const base::redacted_text& why) override;

    void host_resolved(std::string_view host) override;
    void host_not_resolved(std::string_view host, std::string_view why) override;

    // The events of an account's connection pool (net::pool_probe).
    void pool_changed(std::string_view account, const net::pool_usage& now);
    void acquire_timed_out(std::string_view account);
    // A platform client noticed something; `event` is one of a few words.
    void client_event(
        base::fixed_text event,
        const redemption::account_name& account,
        const base::redacted_text& detail
    );
    // A certificate in use, for the gauge of its expiry.
    void certificate_known(
        const redemption::account_name& account,
        std::string_view role,
        redemption::time_point not_after
    );
    // An account's secret files changed; with faults the keys in use before stay.
    void keys_changed(
        const redemption::account_name& account, const std::vector<base::redacted_text>& faults
    );
    // A listener's certificate files changed; with faults the one in use before stays.
    void listener_keys_changed(
        base::fixed_text listener, const std::vector<base::redacted_text>& faults
    );
    // The certificate in use, for the gauge of its expiry.
    void listener_certificate(base::fixed_text listener, std::chrono::sys_seconds not_after);
    // Each series that the configuration lets foresee is there from the start with the value
    // 0 (observer_known.cpp). Accounts serve from the start.
    void account_configured(
        const redemption::account_name& account, std::span<const base::fixed_text> methods
    );
    void host_configured(std::string_view host);
    // `tls`: it shows a certificate.
    void listener_configured(base::fixed_text listener, std::span<const route> routes, bool tls);
    // How many the journal knew at the start.
    void unknown_at_start(std::uint64_t count);
    // How many the journal knows now, whichever process made and resolved them.
    void unknown_counted(std::uint64_t count);
    // Retention removed so many final redemptions.
    void journal_removed(std::size_t count, redemption::time_point older_than);
    // Retention waits for a wall clock that is far ahead, or goes on.
    void retention_paused(bool paused);
    // How long the journal's oldest write that is not done has waited.
    void journal_oldest_write(std::chrono::nanoseconds waits);
    // It has waited so long that the journal is in trouble; told once.
    void journal_hangs(const base::redacted_text& reason);
    // Bytes of the journal's log, of them kept for a reader, and free on its volume.
    void journal_storage(std::uint64_t log, std::uint64_t held, std::optional<std::uint64_t> free);
    // Where the process stands among those on its journal.
    void journal_standing(const redemption::replica_standing& now);
    // Redemptions from before there was an encryption key.
    void journal_rows_in_clear(std::uint64_t count);
    // This process, or an earlier one, created it then.
    void journal_created_at(redemption::time_point at);
    // There was no journal at the start.
    void journal_is_new(const base::redacted_text& file);
    // There was a journal, and no log beside it.
    void journal_log_missing(const base::redacted_text& file);
    // The database's server was started anew, and was asked for what it had confirmed.
    void journal_looked_at(const redemption::tail_look& look);
    // The losses that no operator has acknowledged changed; none: there are none any more.
    void journal_loss_open(const std::optional<redemption::journal_loss>& open);
    void journal_loss_acknowledged(
        const redemption::journal_loss& known, const redemption::caller_name& by
    );
    // The process ends with the journal open, as its disk does not answer.
    void journal_not_closed();
    void loop_lagged(std::chrono::nanoseconds lag);
    // An exception reached the top of a task.
    void task_failed(const base::redacted_text& why);

    // All series; process figures are read now.
    std::string prometheus_text();
    std::string openmetrics_text();

private:
    struct state;
    void refresh_process();

    log& log_;
    std::unique_ptr<state> state_;
};

}  // namespace gateway::server
