#include "handlers/post_header.hpp"

#include "handlers/media_type.hpp"
#include "text/field_syntax.hpp"

namespace gateway::handlers {
namespace {

problem wrong_media_type(base::fixed_text detail) {
    problem out;
    out.kind = problem_kind::unsupported_media_type;
    out.detail = detail;
    out.headers.add("Accept-Post", "application/json");
    return out;
}

problem wrong_coding() {
    problem out;
    out.kind = problem_kind::unsupported_media_type;
    out.detail = "Send the body as it is, without Content-Encoding";
    out.headers.add("Accept-Encoding", "identity");
    return out;
}

bool is_identity(std::string_view coding) noexcept {
    const auto name = text::trimmed(coding);
    return name.empty() || net::equal_ignoring_case(name, "identity");
}

}  // namespace

std::optional<problem> refused_post(const net::header_list& headers) {
    const auto site = headers.find("Sec-Fetch-Site").value_or("");
    if (net::equal_ignoring_case(text::trimmed(site), "cross-site")) {
        problem out;
        out.kind = problem_kind::forbidden;
        out.detail = "A browser sends this for a page of another site (Sec-Fetch-Site: cross-site)";
        return out;
    }
    const auto type = headers.find("Content-Type");
    if (!type) {
        return wrong_media_type("Send Content-Type: application/json, also with an empty body");
    }
    if (headers.count("Content-Type") > 1 || !is_json(*type)) {
        return wrong_media_type("Send the body as application/json in UTF-8");
    }
    for (const auto& field : headers) {
        if (net::equal_ignoring_case(field.name, "Content-Encoding") && !is_identity(field.value)) {
            return wrong_coding();
        }
    }
    return std::nullopt;
}

}  // namespace gateway::handlers
