#include "simulator/taobao/request_check.hpp"

#include <algorithm>
#include <set>

#include "simulator/charset.hpp"
#include "simulator/taobao/arguments.hpp"

namespace simulator {

namespace {

using gateway::net::equal_ignoring_case;
using gateway::net::http_request;
using problem = std::optional<taobao_error>;

constexpr std::string_view system_names[] = {
    "app_key",
    "format",
    "method",
    "partner_id",
    "session",
    "sign",
    "sign_method",
    "simplify",
    "target_app_key",
    "timestamp",
    "v",
};
constexpr std::chrono::minutes tolerated_skew{10};
constexpr std::size_t longest_get_url = 1024;
constexpr std::int64_t last_millisecond = 7'000'000'000'000;  // in the year 2191

taobao_error platform_error(int code, std::string msg, std::string sub_msg = {}) {
    return {code, std::move(msg), {}, std::move(sub_msg)};
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) {
        text.remove_prefix(1);
    }
    while (text.ends_with(' ')) {
        text.remove_suffix(1);
    }
    return text;
}

struct content_type {
    bool form = false;
    bool utf_8 = true;
};

content_type read_content_type(const http_request& request) {
    std::string_view text = request.headers.find("Content-Type").value_or("");
    const std::size_t semicolon = text.find(';');
    content_type result;
    result.form = equal_ignoring_case(
        trimmed(text.substr(0, semicolon)), "application/x-www-form-urlencoded"
    );
    if (semicolon == std::string_view::npos) {
        return result;
    }
    const std::string_view parameter = trimmed(text.substr(semicolon + 1));
    if (equal_ignoring_case(parameter.substr(0, 8), "charset=")) {
        result.utf_8 = equal_ignoring_case(parameter.substr(8), "utf-8");
    }
    return result;
}

void add_fields(std::string_view text, taobao_request& into) {
    parsed_form parsed = parse_form(text);
    for (form_field& field : parsed.fields) {
        into.params.emplace(field.name, field.value);
        into.fields.push_back(std::move(field));
    }
}

problem check_transport(const http_request& request) {
    if (request.method != "POST" && request.method != "GET") {
        return platform_error(9, "Http action not allowed");
    }
    if (request.method == "GET" && request.target.size() >= longest_get_url) {
        return platform_error(9, "Http action not allowed", "a GET must be shorter than 1024");
    }
    return std::nullopt;
}

problem check_encoding(const http_request& request, const taobao_request& read) {
    const content_type type = read_content_type(request);
    const bool readable = parse_form(split_target(request.target).query).complete &&
                          (!type.form || parse_form(request.body).complete);
    const bool utf_8 = std::ranges::all_of(read.fields, [](const form_field& field) {
        return is_utf8(field.name) && is_utf8(field.value);
    });
    if (!type.utf_8 || !readable || !utf_8) {
        return platform_error(47, "Invalid encoding");
    }
    return std::nullopt;
}

// Refuses repeated and blank parameters: SDKs never send them and the platform documents no rule,
// so a client must not rely on either.
problem check_fields(const taobao_request& read) {
    std::set<std::string_view> seen;
    for (const form_field& field : read.fields) {
        const bool blank = field.value.find_first_not_of(" \t\r\n") == std::string::npos;
        if (!seen.insert(field.name).second || blank) {
            return invalid_argument(field.name);
        }
    }
    return std::nullopt;
}

problem check_method(taobao_request& read) {
    const std::string_view name = argument(read.params, "method");
    if (name.empty()) {
        return platform_error(21, "Missing method");
    }
    for (const taobao_method* method : taobao_methods()) {
        if (method->name() == name) {
            read.method = method;
            return std::nullopt;
        }
    }
    return platform_error(22, "Invalid method");
}

problem check_app(const std::vector<taobao_app>& apps, taobao_request& read) {
    const std::string_view key = argument(read.params, "app_key");
    if (key.empty()) {
        return platform_error(28, "Missing app key");
    }
    const auto found = std::ranges::find(apps, key, &taobao_app::app_key);
    if (found == apps.end()) {
        return platform_error(29, "Invalid app Key");
    }
    read.app = &*found;
    return std::nullopt;
}

problem check_version_and_format(const taobao_request& read) {
    const std::string_view version = argument(read.params, "v");
    if (version.empty()) {
        return platform_error(32, "Missing version");
    }
    if (version != "2.0") {
        return platform_error(version == "1.0" ? 34 : 33, "Invalid version");
    }
    const std::string_view format = argument(read.params, "format");
    if (!format.empty() && format != "json" && format != "xml") {
        return platform_error(23, "Invalid format");
    }
    const std::string_view simplify = argument(read.params, "simplify");
    const bool known = simplify == "false" || (simplify == "true" && format == "json");
    if (!simplify.empty() && !known) {
        return invalid_argument("simplify");
    }
    return std::nullopt;
}

std::optional<wall_time> read_timestamp(std::string_view text) {
    const auto milliseconds = number_argument(text);
    if (text.size() == 13 && milliseconds && *milliseconds > 0 &&
        *milliseconds < last_millisecond) {
        return wall_time(std::chrono::milliseconds(*milliseconds));
    }
    return parse_platform_time(text);
}

problem check_timestamp(const taobao_request& read, wall_time now) {
    const std::string_view text = argument(read.params, "timestamp");
    if (text.empty()) {
        return platform_error(30, "Missing timestamp");
    }
    const auto sent = read_timestamp(text);
    if (!sent || *sent < now - tolerated_skew || *sent > now + tolerated_skew) {
        return platform_error(31, "Invalid timestamp");
    }
    return std::nullopt;
}

problem check_signature(const taobao_request& read) {
    const std::string_view sign = argument(read.params, "sign");
    if (sign.empty()) {
        return platform_error(24, "Missing signature");
    }
    const auto expected =
        taobao_sign(argument(read.params, "sign_method"), read.app->secret, read.params);
    if (!expected || *expected != sign) {
        return platform_error(25, "Invalid signature");
    }
    return std::nullopt;
}

problem check_session(const taobao_request& read) {
    const std::string_view session = argument(read.params, "session");
    if (session.empty() && read.method->needs_session()) {
        return platform_error(26, "Missing session");
    }
    const auto& sessions = read.app->sessions;
    if (!session.empty() && std::ranges::find(sessions, session) == sessions.end()) {
        return taobao_error{
            27, "Invalid session", "invalid-sessionkey", "sessionkey-not-generated-by-server"
        };
    }
    return std::nullopt;
}

problem check_permission(const taobao_request& read) {
    const auto& allowed = read.app->methods;
    if (!allowed.empty() && std::ranges::find(allowed, read.method->name()) == allowed.end()) {
        return taobao_error{
            11,
            "Insufficient isv permissions",
            "isv.permission-api-package-not-allowed",
            "没有权限调用该API"
        };
    }
    return std::nullopt;
}

problem check_names(const taobao_request& read) {
    const auto own = read.method->parameter_names();
    for (const auto& [name, value] : read.params) {
        if (std::ranges::find(system_names, name) == std::end(system_names) &&
            std::ranges::find(own, name) == own.end()) {
            return invalid_argument(name);
        }
    }
    return std::nullopt;
}

}  // namespace

taobao_request read_taobao_request(const http_request& request) {
    taobao_request read;
    add_fields(split_target(request.target).query, read);
    if (read_content_type(request).form) {
        add_fields(request.body, read);
    }
    read.json = argument(read.params, "format") == "json";
    read.simplify = read.json && argument(read.params, "simplify") == "true";
    return read;
}

problem check_taobao_request(
    const http_request& request,
    const std::vector<taobao_app>& apps,
    wall_time now,
    taobao_request& read
) {
    problem found = check_transport(request);
    found = found ? found : check_encoding(request, read);
    found = found ? found : check_method(read);
    found = found ? found : check_app(apps, read);
    found = found ? found : check_version_and_format(read);
    found = found ? found : check_timestamp(read, now);
    found = found ? found : check_signature(read);
    found = found ? found : check_session(read);
    found = found ? found : check_permission(read);
    found = found ? found : check_fields(read);
    found = found ? found : check_names(read);
    return found;
}

}  // namespace simulator
