#include "tests/journal/sample_records.hpp"

#include <cstdio>
#include <sstream>

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;

constexpr std::int64_t epoch = 1'767'323'045'678;  // 2026-01-02T03:04:05.678Z

void print(std::ostream& out, const char* name, const std::optional<base::redacted_text>& value) {
    out << ' ' << name << '=' << (value ? "'" + std::string(*value) + "'" : "none");
}

void print(std::ostream& out, const evidence& said) {
    print(out, "code", said.code);
    print(out, "sub_code", said.sub_code);
    print(out, "message", said.message);
    print(out, "request", said.platform_request_id);
}

std::int64_t ms(time_point t) {
    return t.time_since_epoch().count();
}

template <class T>
std::string_view name_of(const std::optional<T>& value) {
    return value ? to_string(*value) : "none";
}

}  // namespace

time_point at(std::int64_t milliseconds) {
    return time_point(std::chrono::milliseconds(epoch + milliseconds));
}

redemption_id id_of(int n) {
    const auto since = static_cast<unsigned long long>(ms(at(std::int64_t{n} * 1000)));
    char text[40];
    std::snprintf(
        text,
        sizeof text,
        "%08llx-%04llx-7000-8000-%012x",
        since >> 16,
        since & 0xffff,
        static_cast<unsigned>(n)
    );
    return redemption_id(text);
}

record wish(int n) {
    const std::string tail = std::to_string(n);
    record r;
    r.id = id_of(n);
    r.caller = caller_name("pos");
    r.key = idempotency_key("key-" + tail);
    for (std::size_t i = 0; i < r.body.size(); ++i) {
        r.body[i] = static_cast<std::uint8_t>(static_cast<std::size_t>(n) * 7 + i);
    }
    r.method = method_name("taobao.travel.ticket.order.verify");
    r.account = account_name("fliggy");
    r.identity = platform_identity("taobao:12345678");
    r.params = params_text(R"({"order_id":)" + tail + R"(,"code":"secret-code-)" + tail + R"("})");
    r.natural = natural_key("natural-" + tail);
    r.orders = {order_key("order_id:" + tail), order_key("out_order_id:" + tail)};
    r.totals = {{"subject-" + tail + "-a", 2}, {"subject-" + tail + "-b", 5}};
    r.replay_safe = true;
    r.created_at = at(std::int64_t{n} * 1000);
    r.updated_at = r.created_at;
    r.lifetime = std::chrono::seconds(60);
    r.expires_at = r.created_at + r.lifetime;
    return r;
}

attempt started_attempt(std::uint32_t number, std::int64_t milliseconds) {
    attempt a;
    a.number = number;
    a.started_at = at(milliseconds);
    return a;
}

attempt ended_attempt(std::uint32_t number, std::int64_t milliseconds) {
    attempt a = started_attempt(number, milliseconds);
    a.finished_at = at(milliseconds + 1000);
    a.phase = phase::answered;
    a.verdict = verdict::executed;
    a.said = {
        base::fixed_text("10000"),
        std::nullopt,
        base::fixed_text("Success"),
        base::fixed_text("request-1"),
    };
    a.detail = base::fixed_text("it was executed");
    return a;
}

settlement settlement_to(const redemption_id& id, state state, std::int64_t milliseconds) {
    settlement s;
    s.id = id;
    s.state = state;
    s.at = at(milliseconds);
    return s;
}

settlement settlement_by_operator(
    const redemption_id& id, enum state state, std::int64_t milliseconds
) {
    auto what = settlement_to(id, state, milliseconds);
    what.history = history_entry{what.at, "ann", "resolve", "", redemption::state::unknown, state};
    return what;
}

std::string text_of(const record& r) {
    std::ostringstream out;
    out << r.id.str() << ' ' << r.caller.str() << ' ' << r.key.str() << " body";
    for (const auto byte : r.body) {
        out << ' ' << int{byte};
    }
    out << '\n'
        << r.method.str() << ' ' << r.account.str() << ' ' << r.identity.str() << ' '
        << r.params.reveal();
    out << " natural=" << (r.natural ? r.natural->str() : "none") << " safe=" << r.replay_safe;
    for (const auto& order : r.orders) {
        out << " order=" << order.str();
    }
    for (const auto& total : r.totals) {
        out << " total=" << total.subject << ':' << total.total;
    }
    out << '\n'
        << to_string(r.state) << " created=" << ms(r.created_at) << " updated=" << ms(r.updated_at)
        << " expires=" << ms(r.expires_at) << " lifetime=" << r.lifetime.count()
        << " result=" << r.result << '\n';
    for (const auto& a : r.attempts) {
        out << "attempt " << a.number << ' ' << ms(a.started_at) << ' '
            << (a.finished_at ? ms(*a.finished_at) : 0) << ' ' << name_of(a.phase) << ' '
            << name_of(a.verdict);
        print(out, a.said);
        out << " detail='" << a.detail.view() << "'\n";
    }
    if (r.error) {
        out << "error " << to_string(r.error->source) << " '" << r.error->detail.view() << '\'';
        out << " kind " << name_of(r.error->kind);
        print(out, r.error->said);
        out << '\n';
    }
    for (const auto& h : r.history) {
        out << "history " << ms(h.at) << ' ' << h.who << ' ' << h.action << " '" << h.note << "' "
            << name_of(h.from) << "->" << name_of(h.to) << '\n';
    }
    return out.str();
}

}  // namespace gateway::journal::testing
