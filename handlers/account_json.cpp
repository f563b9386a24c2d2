#include "handlers/account_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "text/timestamp.hpp"

namespace gateway::handlers {
namespace {

void write_methods(
    text::json_writer& out,
    const redemption::directory& known,
    const redemption::account_name& account
) {
    out.begin_array("methods");
    for (const auto name : known.method_names()) {
        const auto* method = known.method(name);
        const auto serving = known.accounts_for(*method);
        if (std::find(serving.begin(), serving.end(), account) != serving.end()) {
            out.text_element(name);
        }
    }
    out.end_array();
}

void write_certificates(
    text::json_writer& out, const std::vector<certificate_facts>& certificates
) {
    out.begin_array("certificates");
    for (const auto& one : certificates) {
        out.begin_object();
        out.text("role", one.role);
        out.text("serial_number", one.serial_number);
        out.text("cert_sn", one.cert_sn);
        out.text("expires_at", text::to_rfc3339(one.not_after));
        out.end_object();
    }
    out.end_array();
}

std::string decimal(double value) {
    std::array<char, 32> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

void write_limits(text::json_writer& out, const redemption::account_limits& limits) {
    out.begin_object("limits");
    out.raw("requests_per_second", decimal(limits.requests_per_second));
    out.number("in_flight", static_cast<std::int64_t>(limits.in_flight));
    out.number("queue", static_cast<std::int64_t>(limits.queue));
    out.end_object();
}

void write_breaker(text::json_writer& out, const redemption::account_health& account) {
    const bool closed = account.breaker == redemption::breaker_state::closed;
    out.begin_object("breaker");
    out.text("state", redemption::to_string(account.breaker));
    out.number("faults_in_a_row", std::int64_t{account.faults_in_a_row});
    out.text_or_null("last_fault", closed ? std::nullopt : std::optional(account.last_fault));
    out.number("probe_in_ms", static_cast<std::int64_t>(account.probe_in.count()));
    out.end_object();
}

void write_bans(text::json_writer& out, const std::vector<redemption::account_ban>& bans) {
    out.begin_array("bans");
    for (const auto& ban : bans) {
        out.begin_object();
        out.text("method", ban.method.str());
        out.number("left_ms", static_cast<std::int64_t>(ban.left.count()));
        if (ban.trial_in) {
            out.number("trial_in_ms", static_cast<std::int64_t>(ban.trial_in->count()));
        } else {
            out.null("trial_in_ms");
        }
        out.end_object();
    }
    out.end_array();
}

void write_paused_methods(
    text::json_writer& out, const std::vector<redemption::paused_method>& paused
) {
    out.begin_array("paused_methods");
    for (const auto& one : paused) {
        out.begin_object();
        out.text("method", one.method.str());
        out.text("paused_because", one.why);
        out.end_object();
    }
    out.end_array();
}

void write_health(text::json_writer& out, const redemption::account_health& account) {
    out.text("state", account.paused ? "paused" : "serving");
    if (account.paused) {
        out.text("paused_because", account.why);
    } else {
        out.null("paused_because");
    }
    write_paused_methods(out, account.paused_methods);
    out.number("in_flight", static_cast<std::int64_t>(account.in_flight));
    out.number("waiting", static_cast<std::int64_t>(account.waiting));
    write_limits(out, account.limits);
    write_breaker(out, account);
    write_bans(out, account.bans);
}

}  // namespace

void account_writer::write(text::json_writer& out, const redemption::account_health& account)
    const {
    out.begin_object();
    out.text("name", account.name.str());
    out.boolean("configured", account.configured);
    out.number("pending", static_cast<std::int64_t>(account.pending));
    if (account.configured) {
        out.text("platform", redemption::to_string(account.platform));
        write_methods(out, directory_, account.name);
        write_health(out, account);
        write_certificates(out, certificates_.of(account.name));
    } else {
        out.text("state", "not_configured");
    }
    out.end_object();
}

}  // namespace gateway::handlers
