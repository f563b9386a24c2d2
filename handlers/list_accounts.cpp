#include <algorithm>
#include <array>
#include <charconv>

#include "handlers/resources.hpp"
#include "text/json_writer.hpp"
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

class list_accounts final : public handler {
public:
    list_accounts(
        const redemption::service& service,
        const redemption::directory& directory,
        const account_certificates& certificates
    )
        : service_(service), directory_(directory), certificates_(certificates) {}

    asio::awaitable<net::http_response> handle(const request_context& context) override {
        text::json_writer out;
        out.begin_object();
        out.begin_array("accounts");
        for (const auto& account : service_.accounts()) {
            if (!context.caller.may_use(account.name)) {
                continue;
            }
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
        out.end_array();
        out.end_object();
        net::http_response response;
        response.headers.add("Content-Type", "application/json");
        response.body = out.str();
        co_return response;
    }

private:
    const redemption::service& service_;
    const redemption::directory& directory_;
    const account_certificates& certificates_;
};

}  // namespace

std::unique_ptr<handler> make_list_accounts(
    const redemption::service& service,
    const redemption::directory& directory,
    const account_certificates& certificates
) {
    return std::make_unique<list_accounts>(service, directory, certificates);
}

}  // namespace gateway::handlers
