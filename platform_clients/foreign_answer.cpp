#include "platform_clients/foreign_answer.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "text/field_syntax.hpp"

namespace gateway::platform_clients {
namespace {

using base::fixed_text;
using base::redacted_text;

// Of one header's value, or the page's title.
constexpr std::size_t most_shown = 120;
// A title that stands later is not looked for.
constexpr std::size_t most_searched = 16 * 1024;
constexpr std::string_view blanks = " \t\r\n\f\v";

std::string_view essence(std::string_view body) noexcept {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (body.starts_with(byte_order_mark)) {
        body.remove_prefix(byte_order_mark.size());
    }
    return text::trimmed(body, blanks);
}

bool is_own(unsigned status, own_statuses own) noexcept {
    if (own == own_statuses::only_200) {
        return status == 200;
    }
    return status / 100 == 2 || status == 400;
}

// "gzip"; empty: none.
std::string_view coding_of(const net::http_response& response) {
    const auto named = response.headers.find("Content-Encoding");
    const auto coding = text::trimmed(named.value_or(""));
    if (!coding.empty() && !net::equal_ignoring_case(coding, "identity")) {
        return coding;
    }
    constexpr std::string_view gzip_magic = "\x1F\x8B";
    return response.body.starts_with(gzip_magic) ? std::string_view("gzip") : std::string_view();
}

std::size_t find_ignoring_case(std::string_view text, std::string_view word, std::size_t from) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    const auto found = std::search(
        text.begin() + static_cast<std::ptrdiff_t>(from),
        text.end(),
        word.begin(),
        word.end(),
        [lower](char a, char b) { return lower(a) == b; }
    );
    return found == text.end() ? std::string_view::npos
                               : static_cast<std::size_t>(found - text.begin());
}

// Empty: none.
std::string_view title_of(std::string_view page) {
    page = page.substr(0, most_searched);
    const auto tag = find_ignoring_case(page, "<title", 0);
    const auto begin = tag == std::string_view::npos ? tag : page.find('>', tag);
    if (begin == std::string_view::npos) {
        return {};
    }
    const auto end = find_ignoring_case(page, "</title", begin);
    if (end == std::string_view::npos) {
        return {};
    }
    return text::trimmed(page.substr(begin + 1, end - begin - 1), blanks);
}

// The shape of a body that is not the platform's; empty: it is, as far as its begin tells.
redacted_text shape_of(std::string_view body, own_statuses own) {
    const auto text = essence(body);
    const bool may_be_xml = own == own_statuses::every_2xx_or_400;
    if (may_be_xml && text.find("<error_response>") != std::string_view::npos) {
        return {};
    }
    if (text.empty()) {
        return fixed_text(" with an empty body");
    }
    if (text.front() == '<') {
        return fixed_text(" with HTML or XML");
    }
    return text.front() == '{' ? redacted_text() : fixed_text(" with no JSON object");
}

}  // namespace

std::optional<redacted_text> foreign_answer(
    const net::http_response& response, own_statuses own, const base::masker& secrets
) {
    if (const auto coding = coding_of(response); !coding.empty()) {
        return fixed_text("an answer of status ") + redacted_text::number(response.status) +
               fixed_text(" came in the content coding \"") + secrets.readable(coding, 32) +
               fixed_text("\", which was not asked for") + traces_of(response, secrets);
    }
    const auto shape = shape_of(response.body, own);
    if (is_own(response.status, own) && shape.empty()) {
        return std::nullopt;
    }
    return fixed_text("a host that does not speak the platform's protocol answered ") +
           redacted_text::number(response.status) + shape + traces_of(response, secrets);
}

redacted_text traces_of(const net::http_response& response, const base::masker& secrets) {
    redacted_text traces;
    const auto add = [&](fixed_text name, std::string_view value) {
        traces += fixed_text(traces.empty() ? fixed_text(" (") : fixed_text(", "));
        traces += redacted_text(name) + fixed_text(" \"") + secrets.readable(value, most_shown) +
                  fixed_text("\"");
    };
    if (const auto title = title_of(response.body); !title.empty()) {
        add("page title", title);
    }
    for (const fixed_text name :
         {fixed_text("Server"), fixed_text("Via"), fixed_text("Location")}) {
        if (const auto value = response.headers.find(name)) {
            add(name, *value);
        }
    }
    return traces.empty() ? traces : traces + fixed_text(")");
}

}  // namespace gateway::platform_clients
