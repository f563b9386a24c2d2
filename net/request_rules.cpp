#include "net/request_rules.hpp"

#include <algorithm>
#include <string>

#include "text/field_syntax.hpp"

namespace gateway::net {

namespace {

using kind = request_fault::kind;

bool letter_or_digit(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// The characters of `uri-host [ ":" port ]` (RFC 3986 §3.2.2).
bool plausible_host(std::string_view host) {
    constexpr std::string_view others = "-._~!$&'()*+,;=:[]%";
    return std::ranges::all_of(host, [others](char c) {
        return letter_or_digit(c) || others.find(c) != std::string_view::npos;
    });
}

std::optional<request_fault> check_host(const http_request& request) {
    const std::size_t hosts = request.headers.count("Host");
    if (hosts > 1) {
        return malformed("there is more than one Host header");
    }
    if (hosts == 0 && request.version >= 11) {
        return malformed("the Host header is missing");
    }
    if (!plausible_host(request.headers.find("Host").value_or(""))) {
        return malformed("the Host header does not name a host");
    }
    return std::nullopt;
}

// Only `chunked`, once and as the last coding, delimits a body (RFC 9112 §6.3). Other codings
// before it are well formed, but not supported.
std::optional<request_fault> check_codings(std::string_view codings) {
    if (equal_ignoring_case(codings, "chunked")) {
        return std::nullopt;
    }
    const std::size_t comma = codings.rfind(',');
    const bool chunked_last =
        comma != std::string_view::npos &&
        equal_ignoring_case(text::trimmed(codings.substr(comma + 1)), "chunked");
    std::string_view others = chunked_last ? codings.substr(0, comma) : std::string_view();
    bool only_others = chunked_last;
    while (only_others) {
        const std::size_t end = std::min(others.find(','), others.size());
        const std::string_view coding = text::trimmed(others.substr(0, end));
        only_others = text::is_token(coding) && !equal_ignoring_case(coding, "chunked");
        if (end == others.size()) {
            break;
        }
        others.remove_prefix(end + 1);
    }
    if (!only_others) {
        return malformed("the last transfer coding is not one \"chunked\"");
    }
    return request_fault{
        kind::not_supported,
        501,
        base::redacted_text("The only transfer coding understood here is a lone \"chunked\".")
    };
}

std::optional<request_fault> check_framing(const http_request& request) {
    const header_list& headers = request.headers;
    const std::size_t lengths = headers.count("Content-Length");
    if (lengths > 1) {
        return malformed("there is more than one Content-Length");
    }
    if (lengths == 1) {
        const std::string_view length = *headers.find("Content-Length");
        const bool digits =
            std::ranges::all_of(length, [](char c) { return c >= '0' && c <= '9'; });
        if (length.empty() || !digits) {
            return malformed("Content-Length is not a number");
        }
    }
    const std::size_t codings = headers.count("Transfer-Encoding");
    if (codings == 0) {
        return std::nullopt;
    }
    if (lengths > 0) {
        return malformed("both Content-Length and Transfer-Encoding are given");
    }
    if (request.version < 11) {
        return malformed("HTTP/1.0 knows no Transfer-Encoding");
    }
    if (codings > 1) {
        return malformed("there is more than one Transfer-Encoding");
    }
    return check_codings(*headers.find("Transfer-Encoding"));
}

std::optional<request_fault> reduce_target(http_request& request) {
    std::string& target = request.target;
    if (request.method == "CONNECT") {
        return request_fault{
            kind::not_supported,
            501,
            base::redacted_text("This server is no proxy; CONNECT is refused.")
        };
    }
    if (target.find('#') != std::string::npos) {
        return malformed("the request target has a fragment");
    }
    if (target.starts_with('/') || (target == "*" && request.method == "OPTIONS")) {
        return std::nullopt;
    }
    const std::size_t scheme_end = target.find("://");
    const std::string_view scheme = std::string_view(target).substr(0, scheme_end);
    if (scheme_end == std::string::npos ||
        !(equal_ignoring_case(scheme, "http") || equal_ignoring_case(scheme, "https"))) {
        return malformed("the request target is neither a path nor an http URL");
    }
    const std::size_t authority = scheme_end + 3;
    const std::size_t path = std::min(target.find_first_of("/?", authority), target.size());
    const std::string_view host = std::string_view(target).substr(authority, path - authority);
    if (host.empty() || !plausible_host(host)) {
        return malformed("the request target's URL does not name a host");
    }
    target.erase(0, path);
    if (!target.starts_with('/')) {
        target.insert(0, 1, '/');
    }
    return std::nullopt;
}

}  // namespace

request_fault malformed(const base::redacted_text& why) {
    return {
        kind::malformed,
        400,
        base::fixed_text("The request is not valid HTTP/1.1: ") + why + base::fixed_text(".")
    };
}

std::optional<request_fault> apply_request_rules(http_request& request) {
    if (auto fault = check_framing(request)) {
        return fault;
    }
    if (auto fault = check_host(request)) {
        return fault;
    }
    return reduce_target(request);
}

}  // namespace gateway::net
