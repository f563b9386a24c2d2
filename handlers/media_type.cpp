#include "handlers/media_type.hpp"

#include "net/http_message.hpp"
#include "text/field_syntax.hpp"

namespace gateway::handlers {
namespace {

bool is_utf8_charset(std::string_view parameter) noexcept {
    const auto equals = parameter.find('=');
    if (equals == std::string_view::npos ||
        !net::equal_ignoring_case(parameter.substr(0, equals), "charset")) {
        return false;
    }
    auto value = parameter.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
        value = value.substr(1, value.size() - 2);
    }
    return net::equal_ignoring_case(value, "utf-8") || net::equal_ignoring_case(value, "utf8");
}

}  // namespace

bool is_json(std::string_view content_type) noexcept {
    auto end = content_type.find(';');
    if (!net::equal_ignoring_case(text::trimmed(content_type.substr(0, end)), "application/json")) {
        return false;
    }
    while (end != std::string_view::npos) {
        content_type.remove_prefix(end + 1);
        end = content_type.find(';');
        const auto parameter = text::trimmed(content_type.substr(0, end));
        if (!parameter.empty() && !is_utf8_charset(parameter)) {
            return false;
        }
    }
    return true;
}

}  // namespace gateway::handlers
