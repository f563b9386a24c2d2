#include "server/http/dispatch.hpp"

#include <algorithm>
#include <exception>

#include "handlers/post_header.hpp"
#include "server/http/request_id.hpp"

namespace gateway::server {
namespace {

using handlers::caller_identity;
using handlers::problem;
using handlers::problem_kind;
using net::http_response;
using std::chrono::steady_clock;

problem of_kind(problem_kind kind, base::redacted_text detail) {
    problem out;
    out.kind = kind;
    out.detail = std::move(detail);
    return out;
}

base::fixed_text name_of(config::role role) noexcept {
    switch (role) {
        case config::role::redeem:
            return "redeem";
        case config::role::read:
            return "read";
        case config::role::operate:
            break;
    }
    return "operator";
}

http_response options(const route_match& match) {
    http_response response;
    response.status = 204;
    response.headers.add("Allow", match.allow);
    return response;
}

http_response not_allowed(const route_match& match) {
    auto out = of_kind(
        problem_kind::method_not_allowed,
        base::fixed_text("The Allow header lists what this resource knows")
    );
    out.headers.add("Allow", match.allow);
    return handlers::to_response(out);
}

http_response without_route(const route_match& match, std::string_view method) {
    if (match.pattern.empty()) {
        return handlers::to_response(of_kind(
            problem_kind::no_such_resource, base::fixed_text("Nothing is served at this path")
        ));
    }
    return method == "OPTIONS" ? options(match) : not_allowed(match);
}

handlers::request_context context_of(
    const net::http_request& request,
    const caller_identity& caller,
    const route_match& match,
    redemption::caller_connection* present
) {
    return {
        request,
        caller,
        match.query,
        match.id,
        steady_clock::now(),
        std::chrono::system_clock::now(),
        present
    };
}

http_response saturated(base::fixed_text detail) {
    auto out = of_kind(problem_kind::saturated, detail);
    out.retry_after = std::chrono::seconds(1);
    return handlers::to_response(out);
}

// An operator's action has no key that makes its repetition safe.
problem internal_error(const route& found) {
    auto out = of_kind(
        problem_kind::internal_error,
        base::fixed_text(
            "A fault inside the gateway. What the request has begun goes on; repeat the same "
            "request, with the same key, until its answer is final"
        )
    );
    if (found.role == config::role::operate) {
        out.detail =
            "A fault inside the gateway. Whether the action was carried out is not known: read its "
            "redemption or account before you repeat it";
        out.safe_to_retry = false;
    }
    return out;
}

boost::asio::awaitable<http_response> run_handler(
    const endpoint& where, const route& found, const handlers::request_context& context
) {
    base::redacted_text why;
    try {
        auto response = co_await found.handler->handle(context);
        co_return response;
    } catch (const std::exception& e) {
        why = base::redacted_text::trusted(e.what());
    }
    where.probe.handler_failed(found.pattern, why);
    co_return handlers::to_response(internal_error(found));
}

boost::asio::awaitable<http_response> run_with_permit(
    const endpoint& where, const route& found, const handlers::request_context& context
) {
    const auto permit = co_await found.concurrency->acquire();
    if (!permit) {
        where.probe.shed(where.name, "route");
        co_return saturated("Too many requests of this kind wait already; this one was not taken");
    }
    auto response = co_await run_handler(where, found, context);
    co_return response;
}

boost::asio::awaitable<http_response> run_limited(
    const endpoint& where,
    request_limiter& limiter,
    const route& found,
    const handlers::request_context& context
) {
    const auto permit = limiter.try_acquire(context.caller);
    if (const auto* reason = std::get_if<base::fixed_text>(&permit)) {
        where.probe.shed(where.name, *reason);
        co_return saturated("Too many requests are at work just now; this one was not taken");
    }
    http_response response;
    if (found.concurrency) {
        response = co_await run_with_permit(where, found, context);
    } else {
        response = co_await run_handler(where, found, context);
    }
    co_return response;
}

boost::asio::awaitable<http_response> route_to(
    const endpoint& where,
    request_limiter& limiter,
    const net::http_request& request,
    const route_match& match,
    const caller_identity& caller,
    redemption::caller_connection* present
) {
    if (!match.found) {
        co_return without_route(match, request.method);
    }
    if (match.found->role && !caller.may(*match.found->role)) {
        co_return handlers::to_response(of_kind(
            problem_kind::forbidden,
            base::fixed_text("This needs the role ") +
                base::redacted_text(name_of(*match.found->role))
        ));
    }
    if (request.method == "POST") {
        if (const auto refused = handlers::refused_post(request.headers)) {
            co_return handlers::to_response(*refused);
        }
    }
    const auto context = context_of(request, caller, match, present);
    auto response = co_await run_limited(where, limiter, *match.found, context);
    co_return response;
}

http_response too_many(std::chrono::seconds wait) {
    auto out = of_kind(
        problem_kind::too_many_requests,
        base::fixed_text("The caller is over its requests_per_second; this request was not taken")
    );
    out.retry_after = wait;
    return handlers::to_response(out);
}

// Nothing while the caller keeps within its rate.
std::optional<http_response> over_rate(const endpoint& where, const caller_identity& caller) {
    const auto wait = where.authenticator.acquire_rate(caller, steady_clock::now());
    if (!wait) {
        return std::nullopt;
    }
    where.probe.shed(where.name, "caller_rate");
    return too_many(*wait);
}

}  // namespace

boost::asio::awaitable<http_response> dispatch(
    const endpoint& where,
    request_limiter& limiter,
    const net::http_request& request,
    const net::peer_names& peer,
    redemption::caller_connection* present
) {
    const auto begun = steady_clock::now();
    const auto named = request_id_of(request.headers);
    const auto match = where.routes.find(request.method, request.target);
    const auto identified = where.authenticator.authenticate(request.headers, peer);
    http_response response;
    const redemption::caller_name* caller = nullptr;
    if (const auto* identity = std::get_if<const caller_identity*>(&identified)) {
        caller = &(*identity)->name;
        if (auto refused = over_rate(where, **identity)) {
            response = std::move(*refused);
        } else {
            response = co_await route_to(where, limiter, request, match, **identity, present);
        }
    } else {
        response = handlers::to_response(std::get<problem>(identified));
    }
    handlers::add_request_id(response, named.text);
    exchange_facts facts;
    facts.listener = where.name;
    facts.request_id = exchange_mark::request_id(response);
    facts.named_by_caller = named.given;
    facts.route = match.pattern;
    facts.method = request.method;
    facts.status = response.status;
    facts.took = steady_clock::now() - begun;
    facts.caller = caller;
    facts.trace_id = exchange_mark::trace_id(request.headers.find("traceparent").value_or(""));
    facts.redemption = exchange_mark::redemption(response);
    where.probe.answered(facts);
    co_return response;
}

}  // namespace gateway::server
