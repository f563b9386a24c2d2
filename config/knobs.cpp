#include "config/knobs.hpp"

#include <algorithm>

#include "config/account_knobs.hpp"
#include "config/knob_kinds.hpp"

namespace gateway::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr need required = need::required;

knob_table<tls_settings> tls_knobs() {
    using t = tls_settings;
    return {
        {"certificate_file",
         file_path(&t::certificate_file),
         "Certificate chain (PEM), the listener's own first",
         required},
        {"private_key_file", file_path(&t::private_key_file), "Its private key (PEM)", required},
        {"client_ca_file",
         file_path(&t::client_ca_file),
         "Certificates (PEM) that client certificates are checked against; without it none is "
         "asked for. A listener without callers then requires one"},
    };
}

knob_table<listener_settings> listener_knobs() {
    using l = listener_settings;
    return {
        {"address", value(&l::address, ip_address()), "Address to listen on"},
        {"port", value(&l::port, port_number()), "Port to listen on; 0 lets the system choose"},
        {"tls",
         optional_section(&l::tls, tls_knobs()),
         "Speak TLS 1.2 and 1.3; changed files are taken up without a restart"},
    };
}

knob_table<server_settings> server_knobs() {
    using s = server_settings;
    return {
        {"api", section(&s::api, listener_knobs()), "Listener of the REST API"},
        {"admin",
         section(&s::admin, listener_knobs()),
         "Listener of /metrics, /livez, /readyz and /version; keep it inside the cluster"},
        {"max_header",
         value(&s::max_header, byte_size(1 * kib, 1 * mib)),
         "Largest request header; more is answered 431"},
        {"max_body",
         value(&s::max_body, byte_size(1 * kib, 16 * mib)),
         "Largest request body; more is answered 413"},
        {"max_message_memory",
         value(&s::max_message_memory, byte_size(1 * mib, 16 * 1024 * mib)),
         "Memory of a listener for requests and answers, each but for its first 8KiB; for one "
         "more, the connection that has waited longest for its client and holds some is closed, or "
         "the new one is answered 503"},
        {"max_connections",
         value(&s::max_connections, whole_number(1, 100'000)),
         "Open connections of a listener; for one more, the one that has waited longest for its "
         "client, to send a request or to take an answer, is closed, or the new one is answered "
         "503 if all are at work"},
        {"max_requests_per_connection",
         value(&s::max_requests_per_connection, whole_number(1, 1'000'000'000)),
         "Requests on one connection; the last answer says that it closes"},
        {"max_in_flight",
         value(&s::max_in_flight, whole_number(1, 100'000)),
         "Requests of a listener being worked on at once, callers that wait included, of one "
         "caller among several three quarters at most; more are answered 503 before anything is "
         "done for them"},
        {"header_timeout",
         value(&s::header_timeout, duration(milliseconds(100), minutes(5))),
         "Time a client has for the TLS handshake, and to send a request's header"},
        {"body_timeout",
         value(&s::body_timeout, duration(milliseconds(100), minutes(5))),
         "Time a client has to send a request's body"},
        {"write_timeout",
         value(&s::write_timeout, duration(milliseconds(100), minutes(5))),
         "Time a client has to take an answer"},
        {"idle_timeout",
         value(&s::idle_timeout, duration(milliseconds(100), hours(1))),
         "Time a connection may stay open between two requests"},
        {"drain_delay",
         value(&s::drain_delay, duration(milliseconds(0), minutes(5))),
         "Time after SIGTERM in which /readyz says no but everything is still served, for load "
         "balancers to notice"},
        {"drain_timeout",
         value(&s::drain_timeout, duration(milliseconds(0), hours(1))),
         "Time after that for what is in flight to finish; callers that would wait longer are told "
         "where to ask"},
    };
}

bool never_a_secret(std::string_view, std::string_view) {
    return true;
}

knob_table<journal_settings> journal_knobs() {
    using j = journal_settings;
    const knob_table<j> sqlite{
        {"path",
         file_path(&j::sqlite_path, never_a_secret),
         "The journal's file; its folder must exist",
         required},
    };
    using p = postgres_settings;
    const knob_table<p> postgres{
        {"conninfo_file",
         file_path(&p::conninfo_file),
         "A connection string or URI of libpq, without options that the gateway sets itself; read "
         "anew at each connect, so that a password can change",
         required},
        {"durability",
         value(
             &p::durability,
             one_of<journal_durability>(
                 {{"storage", journal_durability::storage}, {"standby", journal_durability::standby}
                 }
             )
         ),
         "What keeps a redemption when the server is lost: its storage (also the one that a managed "
         "service replicates), or a synchronous standby, which is then required",
         required},
        {"lease",
         value(&p::lease, duration(seconds(3), minutes(1))),
         "How long the others wait for a replica that shows no sign of life before they take over"},
        {"tls",
         value(&p::tls, one_of<bool>({{"verify-full", true}, {"off", false}})),
         "off: the server may be reached without TLS over a network"},
        {"pooler",
         value(&p::pooler, one_of<bool>({{"true", true}, {"false", false}})),
         "true: a pooler in transaction mode is in between; connecting directly is faster"},
    };
    return {
        {"sqlite", group(sqlite), "The journal in one SQLite file, for one replica"},
        {"postgres",
         optional_section(&j::postgres, postgres),
         "The journal in a PostgreSQL database, for one or several replicas"},
        {"encryption_key_file",
         file_path(&j::encryption_key_file),
         "Key for codes and card secrets in the journal; without it they are stored in clear"},
        {"must_exist",
         value(&j::must_exist, one_of<bool>({{"true", true}, {"false", false}})),
         "true: a journal that would have to be created is refused, as its volume may be missing"},
        {"retention",
         value(&j::retention, duration_of_hours(hours(1), hours(24 * 3650))),
         "How long final redemptions are kept"},
    };
}

knob_table<log_settings> log_knobs() {
    using l = log_settings;
    return {
        {"level",
         value(
             &l::level,
             one_of<log_level>(
                 {{"debug", log_level::debug},
                  {"info", log_level::info},
                  {"warn", log_level::warn},
                  {"error", log_level::error}}
             )
         ),
         "Least level that is written"},
        {"format",
         value(
             &l::format,
             one_of<log_format>({{"json", log_format::json}, {"text", log_format::text}})
         ),
         "One JSON object per line, or text for people"},
    };
}

value_form<std::string> earlier_name() {
    auto form = short_name();
    form.expected = "callers' names";
    return form;
}

knob_kind<settings> callers(const std::vector<std::string>& known_methods) {
    const auto read =
        [known_methods](
            const yaml_node& node, const std::string& path, caller_settings& caller, reading& into
        ) {
            read_section(node, path, caller_knobs(known_methods), caller, into);
        };
    auto kind = sections<settings, caller_settings>(&settings::callers, "callers", 0, read);
    kind.inside = [](const std::string& path, const settings&, std::vector<reference_row>& rows) {
        describe_section(path + "[]", caller_knobs({}), caller_settings{}, rows);
    };
    return kind;
}

value_form<std::string> account_name() {
    auto form = short_name();
    form.expected = "accounts' names";
    return form;
}

value_form<std::string> method_name(const std::vector<std::string>& known) {
    value_form<std::string> form;
    form.expected =
        "the names of known methods" + (known.empty() ? std::string() : " (" + either(known) + ")");
    form.parse = [known](std::string_view text) -> std::optional<std::string> {
        const bool is_known = std::find(known.begin(), known.end(), text) != known.end();
        return is_known ? std::optional(std::string(text)) : std::nullopt;
    };
    form.show = [](const std::string& name) {
        return name;
    };
    return form;
}

knob_kind<settings> methods(const std::vector<std::string>& known) {
    knob_kind<settings> kind;
    kind.expected = "a section of method names";
    kind.read = [known](
                    const yaml_node& node, const std::string& path, settings& target, reading& into
                ) {
        for_each_key(node, path, into, [&](const yaml_entry& entry) {
            if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
                into.fault_at(
                    entry.line, join(path, entry.key), "unknown method; expected " + either(known)
                );
                return;
            }
            read_section(
                entry.value, join(path, entry.key), method_knobs(), target.methods[entry.key], into
            );
        });
    };
    kind.show = [](const settings&) {
        return std::string();
    };
    kind.inside = [](const std::string& path, const settings&, std::vector<reference_row>& rows) {
        describe_section(join(path, "NAME"), method_knobs(), method_settings{}, rows);
    };
    return kind;
}

}  // namespace

knob_table<settings> settings_knobs(const std::vector<std::string>& known_methods) {
    using s = settings;
    return {
        {"server", section(&s::server, server_knobs()), "Listeners and their limits"},
        {"callers", callers(known_methods), "Who may call the API; without callers any client may"},
        {"journal",
         section(&s::journal, journal_knobs()),
         "Where redemptions are remembered",
         required},
        {"accounts", account_list(), "Platform credentials, by name", required},
        {"methods", methods(known_methods), "Settings of single platform methods, by their names"},
        {"log",
         section(&s::log, log_knobs()),
         "Log lines on standard error; if they are not read fast enough the oldest are dropped"},
    };
}

knob_table<caller_settings> caller_knobs(const std::vector<std::string>& known_methods) {
    using c = caller_settings;
    return {
        {"name", value(&c::name, short_name()), "Name in logs, metrics and the journal", required},
        {"formerly",
         values(&c::formerly, earlier_name()),
         "Earlier names, the oldest first; \"anonymous\": of the open API. Its redemptions and keys "
         "under these names stay its own"},
        {"token_sha256",
         value(&c::token_sha256, sha256_hex()),
         "SHA-256 of the bearer token; with certificate_name, too, a request must show both"},
        {"certificate_name",
         value(&c::certificate_name, identifier("a name in a certificate")),
         "DNS name in the caller's client certificate (its common name if it has none); needs "
         "server.api.tls.client_ca_file"},
        {"roles",
         values(
             &c::roles,
             one_of<role>(
                 {{"redeem", role::redeem}, {"read", role::read}, {"operator", role::operate}}
             )
         ),
         "What the caller may do",
         required},
        {"accounts",
         optional_values(&c::accounts, account_name()),
         "Names of the accounts that the caller may use and see; without it all"},
        {"methods",
         optional_values(&c::methods, method_name(known_methods)),
         "Names of the methods that the caller may use; without it all"},
        {"requests_per_second",
         optional_value(&c::requests_per_second, decimal_number(0.01, 100'000)),
         "More than this of the caller's requests are answered 429; without it there is no limit"},
    };
}

knob_table<method_settings> method_knobs() {
    using m = method_settings;
    return {
        {"expires_in",
         optional_value(&m::expires_in, duration_of_seconds(seconds(1), longest_expires_in)),
         "How long a redemption that surely did not happen is tried again, unless the request says; "
         "without it 1m, for taobao.eticket.merchant.ma.send 24h"},
    };
}

}  // namespace gateway::config
